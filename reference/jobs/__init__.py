"""What `python -m reference` does: pretrain, generate, classify, instruct, evaluate, convert.

`settings` says what can be told to a job, `app` reads it from the command line, `main` runs the job and turns whatever
goes wrong into one sentence. Each job is a module of its name. The three that train share `run_folder`, where a
training lies on the disk, and `training`, the loop with its progress and its checkpoints.
"""
