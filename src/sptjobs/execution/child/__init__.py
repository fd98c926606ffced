"""The child process that plans and cuts, and the supervision of it.

``orders`` is the protocol between them; ``process`` runs in the worker and knows
no science; ``main`` is the program that the child runs.
"""
