"""How things look in a terminal. Only here and in `commands` anything is printed."""
