"""The development kit of connectors: fault switches for simulators, a bench without a database, the conformance suite.

Nothing here is used by a running service. `faults` and `middleware` are what simulators are built on, `transport`
brings a client to a simulator without a socket, `bench` runs a connector, `conformance` is the suite.
"""
