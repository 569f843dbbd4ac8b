"""Its being here lets the tests of study and of the store import what lies beside it, such as `stored`."""
