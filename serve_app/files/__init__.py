"""Files of posts: from the bytes of a file, a stream or a text to rows, and the cells of tables.

Must not know who reads or writes them: no command line, no HTTP, no store.
"""
