"""The tabs of the Licences screen that are about licences, and the pages behind them."""
