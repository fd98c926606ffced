"""One function for each method of each address; each names the steps and decides little.

Verbs that several modules have mean the same of each resource: ``list_`` gives the
collection, ``read`` one of it, ``create`` makes one, ``delete`` removes one, ``page`` shows
it to a browser, ``redirect`` leads to the address with its slash.
"""
