export { viewHistoryEntry, viewTransaction } from '@app/read-models/views/entry-view';
