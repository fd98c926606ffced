"""Reading what users send in processes of its own, which can be killed."""
