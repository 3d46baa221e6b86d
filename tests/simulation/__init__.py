"""The whole loop in virtual time: the real handlers, tables and queues in memory, and faults by seed."""
