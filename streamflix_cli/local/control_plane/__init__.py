"""AWS's control plane: moto's server with the operations it lacks and the faults it has mended."""
