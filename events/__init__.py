"""The log: facts, the rules that produce them, and the streams that keep them. Imports no other floor."""
