/** The schema of the indexer's stable views, whatever build is behind them. */
export const INDEXED_SCHEMA = 'indexed';
/** Notified at each indexed block; a rollback of the chain notifies nothing. */
export const INDEXED_CHANNEL = `${INDEXED_SCHEMA}_live_query`;
