"""The world outside, played: a Twilio, its callers and their lines, models' servers, clouds; and a mesh of its own to
call. The demo, the benches and the tests share it. It knows no service from inside.
"""
