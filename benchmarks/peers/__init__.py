"""The tools that the project is measured against, in an environment of their own (`peers.txt`)."""
