"""What a caller must be allowed to do; see the module for who is."""

BROWSE = "products:browse"
READ = "products:read"
WRITE = "products:write"
STOCK = "stock:write"
IMPORT = "products:import"
PLATFORM_CATEGORIES = "platform:categories"
