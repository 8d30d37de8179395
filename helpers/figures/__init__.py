"""What each lesson draws on LiveFigure: one module a lesson."""
