print("affect")
