"""The whole stack on one machine: the supervisor behind `make run`."""
