"""A seeded nemesis over a deployed environment, and a checker of what it left behind.

`python -m tests.chaos --seed 1` deploys the profile beside this file to a local cloud of its own, submits jobs while
faults are injected, lets everything come to rest and checks six invariants over what stands then in the database, the
buckets and the queues:

* I1: no accepted submission is lost. Each that `PutRecord` acknowledged has a job.
* I2: an idempotency key has at most one published result, ever.
* I3: every job comes to an end that its input allows, with a reason where it stopped.
* I4: the audit chain holds, and replaying it gives exactly the states in the tables, by allowed transitions.
* I5: nothing that a stale lease holder wrote is reachable from a published manifest.
* I6: attempts never exceed their maximum, and preemption does not count.

The seed fixes which faults come, in which order and with which pauses, and what is submitted. How they meet is up to
the machine: the same seed is the same pressure, not the same interleaving.
"""
