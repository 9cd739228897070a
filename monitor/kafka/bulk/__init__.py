"""The reader port over requests that carry many groups, or all partitions of a leader, at once.

kafka-python brings connections, TLS, SASL and throttling; requests and the decoders of the two
large answers are ours. Only this package imports `kafka`. No Django, no models.
"""
