"""Files kept on disk, per tenant; personal ones sealed under the key of the person they are about."""
