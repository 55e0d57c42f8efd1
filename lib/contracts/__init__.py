"""What passes between producer, worker and operator: records, messages, states, identities.

Every record and message carries a type and a version `v`. A reader takes exactly the versions it knows. A field
it does not know is ignored within a known version, so that producers may add to it; a change that an old reader
must not overlook gets a new version. The content record alone is strict, because a term that is overlooked (of its
rights, say) could publish what must not be: one with an unknown field is undecodable. So is an unknown type or
version: it goes to the dead-letter queue, where it waits for a worker that knows it, and is never guessed at.
"""
