"""The queries' answers from tables and kernels: a module a stage, a function a query, named as its file.

Each gives at least the columns of the header; the caller casts, sorts and cuts the rows, so a twin need not.
"""
