"""What plugins' insight pages are drawn with: figures, tables and numbers out of plain JSON."""
