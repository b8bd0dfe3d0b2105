"""A product's picture in lists."""

# The first image that is shown: of ours the middle rendition, of a linked one its address.
SET_COVERS = """
    update catalog_product p set version = p.version + 1, updated_at = $3, image_url = (
        select case i.status when 'ready' then i.renditions -> 1 ->> 'key' else i.url end
        from catalog_image i
        where i.store_id = p.store_id and i.product_id = p.id and i.status in ('linked', 'ready')
        order by i.position limit 1
    )
    where p.store_id = $1 and p.id = any($2::uuid[])
"""
