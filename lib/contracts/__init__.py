"""What passes between producer, worker and operator: records, messages, states, identities.

Every record and message carries a type and a version `v`. A reader takes exactly the versions it knows. A field
it does not know is ignored within a known version, so that producers may add to it; a change that an old reader
must not overlook gets a new version. An unknown type or version is undecodable: it goes to the dead-letter queue,
where it waits for a worker that knows it, and is never guessed at.
"""
