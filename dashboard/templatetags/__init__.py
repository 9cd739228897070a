"""How templates write numbers, times, names and icons. Reads nothing but what it is given."""
