"""The cutout request: its record, and the text that users write it in.

Standard library only, so that the API validates without the scientific stack.
"""
