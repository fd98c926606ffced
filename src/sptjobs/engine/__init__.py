"""The job engine: transitions, claims, permits, beats and the sweep."""
