"""A Slack-compatible workspace for one machine: Web API, Socket Mode, files, modals and a page for people.

It refuses what Slack refuses, so an app that works here meets no surprise there. It knows nothing of the app it hosts
beyond the app's manifest.
"""
