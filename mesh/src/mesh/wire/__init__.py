"""The wire: one file per service, pydantic models and the Routes that carry them. Imports pydantic and stdlib only.

Models change by gaining optional fields; tests/contracts holds a snapshot of each schema.
"""
