"""What pages, sockets and the API read of the stored rows; one module a subject.

Reads only. Each function says how many queries it takes, whatever the number of rows.
"""
