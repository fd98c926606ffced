"""One function for each method of each address; each names the steps and decides little."""
