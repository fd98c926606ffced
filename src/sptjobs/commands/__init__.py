"""The command ``sptjobs`` and its subcommands."""
