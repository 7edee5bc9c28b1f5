"""Where Merkle roots are fixed so that nobody can change the past unseen: the platform's own log, or an EVM chain."""
