"""Plans: which target meets which map, and how the work is divided into parts."""
