"""The observations of a target one after the other: cubes and animations."""
