"""The worst that can happen, done on purpose: each ordeal in a module of its own, long in `make torture`, short in
`make test`.
"""
