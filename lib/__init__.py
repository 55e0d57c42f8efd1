"""What gets deployed: the CDKTF stack and its inputs. Never imports `streamflix_cli`."""
