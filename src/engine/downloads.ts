/** The part of the door that leads to Hubs and the browser's storage: it needs no GPU, and runs beside everything else. */
import type { Directory } from './hub/directory';
import { Hub } from './hub/hub';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from './hub/types';

/** Where downloaded models are kept; it may reject where there is no such place. */
export type Storage = () => Promise<Directory>;

export class Downloads {
  protected readonly hub: Hub;

  constructor(storage: Storage) {
    this.hub = new Hub(storage);
  }

  findModel(request: HubRequest): Promise<HubModel> {
    return this.hub.find(request);
  }

  download(request: HubRequest, listen: (progress: DownloadProgress) => void): Promise<StoredModel> {
    return this.hub.download(request, listen);
  }

  cancelDownload(): void {
    this.hub.cancel();
  }

  storedModels(): Promise<readonly StoredModel[]> {
    return this.hub.stored();
  }

  async deleteStored(key: string): Promise<readonly StoredModel[]> {
    await this.hub.remove(key);
    return this.hub.stored();
  }
}
