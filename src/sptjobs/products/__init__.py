"""Products: what a job makes of each combination of target and map, one module a product.

A module declares all that is special about its product. ``registry`` lists the products in the
order of the manifest; planning, estimates, the API and the web app ask it. The making needs the
scientific stack, and stands under the same name in ``sptjobs.cutouts.making``; the API serves a
product's table by the module of its name in ``sptapi.services``. A product without its making
fails when either is imported.
"""
