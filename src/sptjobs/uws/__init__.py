"""The IVOA Universal Worker Service kernel: phases, records, errors.

Standard library only. Both the API and the workers share it.
"""
