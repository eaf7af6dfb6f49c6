"""Reading: from the bytes of a file, a stream or a text to posts, one by one."""
