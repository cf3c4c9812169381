"""The lab: a Django project in which every strategy × backend can be seen at work. Never shipped."""
