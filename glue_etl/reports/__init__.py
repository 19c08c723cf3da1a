"""Reports for people: an HTML page that fetches nothing. Made of what core/operating/reports.py describes."""
