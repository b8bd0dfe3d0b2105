"""What a caller must be allowed to do; see the module for who is."""

READ_ORDERS = "orders:read"
IMPORT = "orders:import"
EXPORT = "orders:export"
READ_CUSTOMERS = "customers:read"
ALL_CUSTOMERS = "platform:customers"
READ_SET_UP = "discounts:read"
WRITE_SET_UP = "discounts:write"
