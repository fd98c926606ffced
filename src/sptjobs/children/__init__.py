"""What processes do first that are started to be killed: the bounds of a child."""
