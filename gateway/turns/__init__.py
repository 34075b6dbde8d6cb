"""Turn-taking: pure logic. Times are given to it, in milliseconds of the caller's audio or seconds of a clock."""
