import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from './api/client.ts';
import { watchTouches } from './api/touch.ts';
import { Entry } from './frame/entry.tsx';
import { LookProvider } from './look/use.tsx';
import './look/styles.css';
import { router } from './router.tsx';
import { WordsProvider } from './words/use.tsx';

watchTouches();

const root = document.getElementById('root');
if (!root) throw new Error('no root');
createRoot(root).render(
  <StrictMode>
    <Suspense>
      <WordsProvider>
        <LookProvider>
          <QueryClientProvider client={queries}>
            <Entry>
              <RouterProvider router={router} />
            </Entry>
          </QueryClientProvider>
        </LookProvider>
      </WordsProvider>
    </Suspense>
  </StrictMode>,
);
