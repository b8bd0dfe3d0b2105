"""The suite that is generated from the OpenAPI document: who gets at whose rows."""
