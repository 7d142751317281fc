"""A library's store in PostgreSQL with pgvector: for several processes on several hosts over one shared library.

The workspace is part of every key (`library`, the first column of each), so that all libraries share one set of tables,
which can be partitioned or distributed by it as they are.
"""
