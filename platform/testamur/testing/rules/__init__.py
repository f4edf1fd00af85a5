"""The rules of the conformance kit, one file per thing that they are about."""
