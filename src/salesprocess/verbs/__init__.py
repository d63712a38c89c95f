"""What can be done with a deal, by topic: moves, record keeping, questions. `Process` is the door to all of it."""
