"""Stamps: from maps and targets to pixels, headers and outcomes. Knows no plumbing."""
