"""The commands: read arguments, call one function below, print."""
