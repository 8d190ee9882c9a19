<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_TW">
<context>
    <name>about</name>
    <message>
        <source>does not answer</source>
        <translation>沒有回應</translation>
    </message>
    <message>
        <source>Pool</source>
        <translation>資源池</translation>
    </message>
    <message>
        <source>none</source>
        <translation>無</translation>
    </message>
    <message>
        <source>This computer&apos;s id</source>
        <translation>這台電腦的代號</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系統</translation>
    </message>
    <message>
        <source>Version {version}</source>
        <translation>版本 {version}</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>版本資訊</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3.</source>
        <translation>依 GNU 通用公共授權條款第 3 版發布的自由軟體。</translation>
    </message>
</context>
<context>
    <name>app</name>
    <message>
        <source>This desktop shows no tray icons: HiveMind stays in this window and ends with it.</source>
        <translation>這個桌面不顯示系統匣圖示：HiveMind 留在這個視窗，關閉視窗就結束。</translation>
    </message>
    <message>
        <source>HiveMind goes on in the tray</source>
        <translation>HiveMind 在系統匣繼續執行</translation>
    </message>
    <message>
        <source>Quit is in the menu of its icon.</source>
        <translation>要結束，請用圖示的選單。</translation>
    </message>
    <message>
        <source>A part of this window failed; the program log has more.</source>
        <translation>視窗的一部分出錯了；程式記錄裡有詳細內容。</translation>
    </message>
</context>
<context>
    <name>charts</name>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>5 min ago</source>
        <translation>5 分鐘前</translation>
    </message>
    <message>
        <source>now</source>
        <translation>現在</translation>
    </message>
    <message>
        <source>limit {amount}</source>
        <translation>上限 {amount}</translation>
    </message>
    <message>
        <source>HiveMind {amount}</source>
        <translation>HiveMind 用 {amount}</translation>
    </message>
    <message>
        <source>computer {amount}</source>
        <translation>整台電腦 {amount}</translation>
    </message>
    <message>
        <source>{name}: {values}</source>
        <translation>{name}：{values}</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>無上限</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>記憶體</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁碟</translation>
    </message>
    <message>
        <source>{amount} free</source>
        <translation>可用 {amount}</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下載</translation>
    </message>
    <message>
        <source>Upload</source>
        <translation>上傳</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>使用率</translation>
    </message>
    <message>
        <source>Memory of {amount}</source>
        <translation>記憶體，共 {amount}</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>溫度</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>功率</translation>
    </message>
    <message>
        <source>PC {amount}</source>
        <translation>整機 {amount}</translation>
    </message>
    <message>
        <source>Whole computer</source>
        <translation>整台電腦</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>上限</translation>
    </message>
    <message>
        <source>Not measured</source>
        <translation>沒有量測</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>網路</translation>
    </message>
</context>
<context>
    <name>dashboard</name>
    <message>
        <source>This computer</source>
        <translation>這台電腦</translation>
    </message>
</context>
<context>
    <name>earned</name>
    <message>
        <source>Earned</source>
        <translation>已賺得</translation>
    </message>
    <message>
        <source>today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 天</translation>
    </message>
    <message>
        <source>all time</source>
        <translation>全部</translation>
    </message>
</context>
<context>
    <name>log</name>
    <message>
        <source>Log</source>
        <translation>記錄</translation>
    </message>
    <message>
        <source>Close the log</source>
        <translation>關閉記錄</translation>
    </message>
    <message>
        <source>{size}, only the end is shown</source>
        <translation>{size}，只顯示結尾</translation>
    </message>
    <message>
        <source>Following. Scrolling up stops it; End starts it again.</source>
        <translation>跟著最新內容。往上捲動就停，按 End 再繼續。</translation>
    </message>
    <message>
        <source>End follows again.</source>
        <translation>按 End 繼續跟著最新內容。</translation>
    </message>
    <message>
        <source>err</source>
        <translation>錯誤</translation>
    </message>
    <message>
        <source>note</source>
        <translation>註</translation>
    </message>
</context>
<context>
    <name>message</name>
    <message>
        <source>Close</source>
        <translation>關閉</translation>
    </message>
</context>
<context>
    <name>pause</name>
    <message>
        <source>15 minutes</source>
        <translation>15 分鐘</translation>
    </message>
    <message>
        <source>1 hour</source>
        <translation>1 小時</translation>
    </message>
    <message>
        <source>4 hours</source>
        <translation>4 小時</translation>
    </message>
    <message>
        <source>Until tomorrow 08:00</source>
        <translation>到明天 08:00</translation>
    </message>
    <message>
        <source>Until I resume</source>
        <translation>直到我按繼續</translation>
    </message>
</context>
<context>
    <name>quit</name>
    <message>
        <source>%n task(s) still at work.</source>
        <translation>還有 %n 個任務在進行。</translation>
    </message>
    <message>
        <source>Stopping now loses {time} of work.</source>
        <translation>現在停止會失去 {time}的工作。</translation>
    </message>
    <message>
        <source>Finish first</source>
        <translation>先做完</translation>
    </message>
    <message>
        <source>Stop now</source>
        <translation>立即停止</translation>
    </message>
    <message>
        <source>Stay</source>
        <translation>不結束</translation>
    </message>
</context>
<context>
    <name>results</name>
    <message>
        <source>Picture of {name}</source>
        <translation>{name} 的圖片</translation>
    </message>
    <message>
        <source>Kept until it is sent</source>
        <translation>已保存，等待送出</translation>
    </message>
    <message>
        <source>Last results</source>
        <translation>最近的結果</translation>
    </message>
    <message>
        <source>Results appear here as soon as a task has ended.</source>
        <translation>任務一結束，結果就會出現在這裡。</translation>
    </message>
</context>
<context>
    <name>running</name>
    <message>
        <source>from {sender}</source>
        <translation>來自 {sender}</translation>
    </message>
    <message>
        <source>under 1 min</source>
        <translation>不到 1 分鐘</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暫停</translation>
    </message>
    <message>
        <source>under 1 min left</source>
        <translation>剩不到 1 分鐘</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>約剩 {time}</translation>
    </message>
    <message>
        <source>{used} of {granted} cores</source>
        <translation>{used}／{granted} 核心</translation>
    </message>
    <message>
        <source>{use}, %n GPU(s)</source>
        <translation>{use}，%n 個 GPU</translation>
    </message>
    <message>
        <source>{used} of {granted}</source>
        <translation>{used}／{granted}</translation>
    </message>
    <message>
        <source>Paused, still in memory</source>
        <translation>已暫停，仍占用記憶體</translation>
    </message>
    <message>
        <source>Running now</source>
        <translation>執行中</translation>
    </message>
    <message>
        <source>No task is running</source>
        <translation>目前沒有任務</translation>
    </message>
    <message>
        <source>Tasks from your pool appear here.</source>
        <translation>資源池派來的任務會出現在這裡。</translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>Master</source>
        <translation>主控節點</translation>
    </message>
    <message>
        <source>Address of your pool&apos;s master, or a join link. Empty: the master on this computer.</source>
        <translation>資源池主控節點的位址，或加入連結。留空：使用這台電腦上的主控節點。</translation>
    </message>
    <message>
        <source>CPU time</source>
        <translation>CPU 時間</translation>
    </message>
    <message>
        <source>Share of the whole processor that all tasks together may use.</source>
        <translation>所有任務合計可以使用的 CPU 比例。</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>記憶體</translation>
    </message>
    <message>
        <source>Share of the memory that all tasks together may use.</source>
        <translation>所有任務合計可以使用的記憶體比例。</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁碟</translation>
    </message>
    <message>
        <source>Disk space for all tasks together: packages, scratch files and results.</source>
        <translation>所有任務合計可以使用的磁碟空間：套件、暫存檔和結果。</translation>
    </message>
    <message>
        <source>Tasks at once</source>
        <translation>同時執行的任務數</translation>
    </message>
    <message>
        <source>How many tasks may run at the same time.</source>
        <translation>最多同時執行幾個任務。</translation>
    </message>
    <message>
        <source>Memory of one task</source>
        <translation>單一任務的記憶體</translation>
    </message>
    <message>
        <source>The most memory that one task gets, swap included; never more than all tasks together may use.</source>
        <translation>一個任務最多能用的記憶體（含交換空間），不會超過所有任務合計的上限。</translation>
    </message>
    <message>
        <source>Processor cores of one task</source>
        <translation>單一任務的 CPU 核心數</translation>
    </message>
    <message>
        <source>The most cores that one task gets, counted before the share below.</source>
        <translation>一個任務最多能用的核心數，再乘上下面的比例。</translation>
    </message>
    <message>
        <source>Share of those cores</source>
        <translation>核心使用比例</translation>
    </message>
    <message>
        <source>How much of its cores&apos; time one task may use: 4 cores at 80% are 3.2 cores.</source>
        <translation>一個任務可以使用其核心多少時間：4 核心的 80% 等於 3.2 核心。</translation>
    </message>
    <message>
        <source>Disk of one task</source>
        <translation>單一任務的磁碟</translation>
    </message>
    <message>
        <source>Package, scratch files and results of one task together.</source>
        <translation>一個任務的套件、暫存檔和結果合計。</translation>
    </message>
    <message>
        <source>Processes of one task</source>
        <translation>單一任務的行程數</translation>
    </message>
    <message>
        <source>Processes and threads that one task may have at once.</source>
        <translation>一個任務同時可以有的行程和執行緒數。</translation>
    </message>
    <message>
        <source>Open files of one task</source>
        <translation>單一任務的開啟檔案數</translation>
    </message>
    <message>
        <source>Files that one process of a task may hold open.</source>
        <translation>任務的一個行程可以同時開啟的檔案數。</translation>
    </message>
    <message>
        <source>Processes of a task&apos;s user</source>
        <translation>任務使用者的行程數</translation>
    </message>
    <message>
        <source>A second limit by user. It holds only where the engine gives tasks a user of their own; processes of one task are limited above.</source>
        <translation>依使用者計算的第二道上限。只有在引擎讓任務使用專屬使用者時才有效；單一任務的行程數由上面的設定限制。</translation>
    </message>
    <message>
        <source>Disk priority of one task</source>
        <translation>單一任務的磁碟優先權</translation>
    </message>
    <message>
        <source>Weight against other programs when the disk is busy, where the engine can keep it.</source>
        <translation>磁碟忙碌時與其他程式相比的權重，引擎支援時才有效。</translation>
    </message>
    <message>
        <source>Time limit</source>
        <translation>時間上限</translation>
    </message>
    <message>
        <source>For a task that names none. Sleep and pauses do not count.</source>
        <translation>用於沒有指定時間的任務。電腦睡眠和暫停的時間不算。</translation>
    </message>
    <message>
        <source>Longest time limit</source>
        <translation>最長的時間上限</translation>
    </message>
    <message>
        <source>A task that asks for more is refused.</source>
        <translation>要求更長時間的任務不會被接受。</translation>
    </message>
    <message>
        <source>Time to finish</source>
        <translation>結束前的等待時間</translation>
    </message>
    <message>
        <source>Between asking a task to end and ending it.</source>
        <translation>從要求任務結束，到強制結束它之間的時間。</translation>
    </message>
    <message>
        <source>Network of tasks</source>
        <translation>任務的網路</translation>
    </message>
    <message>
        <source>Tasks get no network; one that asks for it is refused.</source>
        <translation>任務沒有網路可用；要求網路的任務不會被接受。</translation>
    </message>
    <message>
        <source>No GPU for tasks</source>
        <translation>任務不使用 GPU</translation>
    </message>
    <message>
        <source>Take no task that needs a GPU.</source>
        <translation>不接受需要 GPU 的任務。</translation>
    </message>
    <message>
        <source>GPUs for tasks</source>
        <translation>任務可用的 GPU</translation>
    </message>
    <message>
        <source>Numbers of the GPUs that tasks may use. Empty: every GPU.</source>
        <translation>任務可以使用的 GPU 編號。留空：每一張 GPU。</translation>
    </message>
    <message>
        <source>Base image</source>
        <translation>基礎映像檔</translation>
    </message>
    <message>
        <source>Image in which a task runs that names none. One that is on this computer is used before any is fetched.</source>
        <translation>沒有指定映像檔的任務所使用的映像檔。電腦上已有的會優先使用，不會先下載。</translation>
    </message>
    <message>
        <source>Tag of the base image</source>
        <translation>基礎映像檔的標籤</translation>
    </message>
    <message>
        <source>Version of the base image.</source>
        <translation>基礎映像檔的版本。</translation>
    </message>
    <message>
        <source>Images for tasks</source>
        <translation>任務可用的映像</translation>
    </message>
    <message>
        <source>Names of images that a task may name, with * and ? as wildcards. Empty: any, also one that is only on this computer. A registry with a port or on the own network is used only when it is listed here, like 192.168.0.7:5000/*.</source>
        <translation>任務可以指定的映像名稱，* 和 ? 是萬用字元。留空：任何映像，只在這台電腦上的也可以。帶連接埠或位於自家網路的登錄伺服器，要像 192.168.0.7:5000/* 這樣列在這裡才會使用。</translation>
    </message>
    <message>
        <source>Docker socket</source>
        <translation>Docker 連接點</translation>
    </message>
    <message>
        <source>Where the Docker engine answers. Empty: DOCKER_HOST, else the usual place of this system.</source>
        <translation>Docker 引擎的連線位置。留空：使用 DOCKER_HOST，沒有的話用系統的預設位置。</translation>
    </message>
    <message>
        <source>Report every</source>
        <translation>回報間隔</translation>
    </message>
    <message>
        <source>How often the master is told how busy this computer is.</source>
        <translation>多久向主控節點回報一次這台電腦的忙碌程度。</translation>
    </message>
    <message>
        <source>Sign of life every</source>
        <translation>連線確認間隔</translation>
    </message>
    <message>
        <source>How often workers tell this master that they and their tasks are alive; at least three times within each of the two times below.</source>
        <translation>工作節點多久告訴這個主控節點一次，它和它的任務還在運作；在下面兩個時間內各至少三次。</translation>
    </message>
    <message>
        <source>Wait for an answer</source>
        <translation>等候回應的時間</translation>
    </message>
    <message>
        <source>A sign of life that the master has not answered by then is lost; after two in a row the connection is made again.</source>
        <translation>主控節點到時還沒有回應，這次連線確認就算失敗；連續兩次失敗就會重新連線。</translation>
    </message>
    <message>
        <source>Go on without a connection</source>
        <translation>沒有連線時繼續執行</translation>
    </message>
    <message>
        <source>Tasks run on that long while the master is not reachable.</source>
        <translation>連不上主控節點時，任務最多繼續執行這麼久。</translation>
    </message>
    <message>
        <source>Keep results that could not be sent</source>
        <translation>保留未能送出的結果</translation>
    </message>
    <message>
        <source>A result that the master has not taken by then is deleted.</source>
        <translation>主控節點到時仍未收下的結果會被刪除。</translation>
    </message>
    <message>
        <source>First part of a task&apos;s log</source>
        <translation>任務記錄的開頭</translation>
    </message>
    <message>
        <source>That much of the beginning of a task&apos;s log is kept.</source>
        <translation>任務記錄開頭保留的大小。</translation>
    </message>
    <message>
        <source>Last part of a task&apos;s log</source>
        <translation>任務記錄的結尾</translation>
    </message>
    <message>
        <source>That much of the end of a task&apos;s log is kept; a line tells what was cut between.</source>
        <translation>任務記錄結尾保留的大小；中間省略的部分會用一行說明。</translation>
    </message>
    <message>
        <source>Most output of a task</source>
        <translation>任務輸出的上限</translation>
    </message>
    <message>
        <source>A task that prints more is ended.</source>
        <translation>輸出超過這個大小的任務會被結束。</translation>
    </message>
    <message>
        <source>Detail of the program log</source>
        <translation>程式記錄的詳細程度</translation>
    </message>
    <message>
        <source>From this level on events are written to the program&apos;s own log.</source>
        <translation>達到這個等級的事件會寫進程式自己的記錄。</translation>
    </message>
    <message>
        <source>Program log</source>
        <translation>程式記錄</translation>
    </message>
    <message>
        <source>File of the program&apos;s own log. Empty: worker.log in the state folder.</source>
        <translation>程式自己的記錄檔。留空：狀態資料夾裡的 worker.log。</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>語言</translation>
    </message>
    <message>
        <source>Language of window, tray and messages.</source>
        <translation>視窗、系統匣和訊息使用的語言。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>佈景主題</translation>
    </message>
    <message>
        <source>Light or dark colours.</source>
        <translation>淺色或深色。</translation>
    </message>
    <message>
        <source>Tray icon</source>
        <translation>系統匣圖示</translation>
    </message>
    <message>
        <source>In colour, or in a single colour.</source>
        <translation>彩色或單色。</translation>
    </message>
    <message>
        <source>Start in the tray</source>
        <translation>啟動後留在系統匣</translation>
    </message>
    <message>
        <source>Do not open the window when the program starts.</source>
        <translation>程式啟動時不開啟視窗。</translation>
    </message>
    <message>
        <source>WireGuard configuration</source>
        <translation>WireGuard 設定檔</translation>
    </message>
    <message>
        <source>File of the tunnel&apos;s configuration. Empty: wg0.conf in the state folder.</source>
        <translation>通道的設定檔。留空：狀態資料夾裡的 wg0.conf。</translation>
    </message>
    <message>
        <source>Give a task to another computer after</source>
        <translation>多久之後把任務交給其他電腦</translation>
    </message>
    <message>
        <source>When a worker is silent for that long its tasks are offered again.</source>
        <translation>電腦這麼久沒有消息時，它的任務會重新分配。</translation>
    </message>
    <message>
        <source>Show a computer as offline after</source>
        <translation>多久之後把電腦顯示為離線</translation>
    </message>
    <message>
        <source>When nothing was heard of it for that long.</source>
        <translation>這麼久沒有收到它的消息時。</translation>
    </message>
    <message>
        <source>Fail a task nobody takes after</source>
        <translation>沒有人接的任務多久後視為失敗</translation>
    </message>
    <message>
        <source>When every connected computer has refused it for that long.</source>
        <translation>每台連線中的電腦都拒絕它這麼久之後。</translation>
    </message>
    <message>
        <source>Pool</source>
        <translation>資源池</translation>
    </message>
    <message>
        <source>Limits for all tasks together</source>
        <translation>所有任務合計的上限</translation>
    </message>
    <message>
        <source>Limits for one task</source>
        <translation>單一任務的上限</translation>
    </message>
    <message>
        <source>GPU</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Docker</source>
        <translation>Docker</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>連線</translation>
    </message>
    <message>
        <source>Results and logs of tasks</source>
        <translation>任務的結果和記錄</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>視窗</translation>
    </message>
    <message>
        <source>Tunnel</source>
        <translation>通道</translation>
    </message>
    <message>
        <source>Master on this computer</source>
        <translation>這台電腦上的主控節點</translation>
    </message>
</context>
<context>
    <name>shell</name>
    <message>
        <source>Pages</source>
        <translation>頁面</translation>
    </message>
    <message>
        <source>your pool</source>
        <translation>你的資源池</translation>
    </message>
    <message>
        <source>Connected to {pool}</source>
        <translation>已連上 {pool}</translation>
    </message>
    <message>
        <source>Connecting to {pool}</source>
        <translation>正在連線到 {pool}</translation>
    </message>
    <message>
        <source>No answer from {pool}</source>
        <translation>{pool} 沒有回應</translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation>沒有連線</translation>
    </message>
    <message>
        <source>All rules</source>
        <translation>全部規則</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Resume now</source>
        <translation>現在繼續</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>開始</translation>
    </message>
    <message>
        <source>Change pause</source>
        <translation>改變暫停時間</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暫停</translation>
    </message>
    <message>
        <source>Dashboard</source>
        <translation>總覽</translation>
    </message>
    <message>
        <source>About</source>
        <translation>關於</translation>
    </message>
</context>
<context>
    <name>tray</name>
    <message>
        <source>Resume now</source>
        <translation>現在繼續</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>開始</translation>
    </message>
    <message>
        <source>Take tasks again</source>
        <translation>重新接任務</translation>
    </message>
    <message>
        <source>Finish then stop</source>
        <translation>做完就停止</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Open HiveMind</source>
        <translation>開啟 HiveMind</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>結束</translation>
    </message>
    <message>
        <source>Change pause</source>
        <translation>改變暫停時間</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暫停</translation>
    </message>
</context>
<context>
    <name>wording</name>
    <message>
        <source>{path} cannot be written ({detail}); make it writable or set HIVEMIND_HOME to another folder.</source>
        <translation>{path} 無法寫入（{detail}）；請改成可以寫入，或把 HIVEMIND_HOME 設為其他資料夾。</translation>
    </message>
    <message>
        <source>Everybody may write in {path}, so it cannot hold HiveMind&apos;s files; set HIVEMIND_HOME to a folder of your own.</source>
        <translation>任何人都能寫入 {path}，不能用來放 HiveMind 的檔案；請把 HIVEMIND_HOME 設為自己的資料夾。</translation>
    </message>
    <message>
        <source>{path} holds no installation id any more; put the old file back, or delete it to get a new id.</source>
        <translation>{path} 裡已經沒有安裝識別碼；請放回原來的檔案，或刪除它以取得新的識別碼。</translation>
    </message>
    <message>
        <source>{path} is not yours alone, so the control socket cannot be there; remove it or set XDG_RUNTIME_DIR.</source>
        <translation>{path} 不是只屬於你，不能放控制用的連接點；請移除它，或設定 XDG_RUNTIME_DIR。</translation>
    </message>
    <message>
        <source>HiveMind is already running for {path} (process {pid}); use that one, or end it first with: hivemind-desktop quit</source>
        <translation>{path} 已經有 HiveMind 在執行（行程 {pid}）；請使用它，或先執行 hivemind-desktop quit 結束它</translation>
    </message>
    <message>
        <source>The program log {path} cannot be written ({detail}); name another file with --log-file.</source>
        <translation>程式記錄 {path} 無法寫入（{detail}）；請用 --log-file 指定其他檔案。</translation>
    </message>
    <message>
        <source>{address} is no master&apos;s address; write HOST:PORT, https://HOST, or paste a join link.</source>
        <translation>{address} 不是主控節點的位址；請寫成 HOST:PORT、https://HOST，或貼上加入連結。</translation>
    </message>
    <message>
        <source>The link {address} is not whole; copy it again from where you got it, up to its last character.</source>
        <translation>連結 {address} 不完整；請回到原處重新複製，一直到最後一個字元。</translation>
    </message>
    <message>
        <source>{address} would send everything unprotected; http:// works on this computer only, write https:// instead.</source>
        <translation>{address} 會在沒有保護的情況下傳送所有資料；http:// 只能用在這台電腦上，請改用 https://。</translation>
    </message>
    <message>
        <source>The master asked for another task than it had offered, so nothing was started.</source>
        <translation>主控節點要求執行的任務和它提供的不同，所以沒有開始。</translation>
    </message>
    <message>
        <source>It asks for network access ({wanted}), which this computer does not give.</source>
        <translation>它要求使用網路（{wanted}），這台電腦不提供。</translation>
    </message>
    <message>
        <source>Its image {wanted} is not among those that this computer&apos;s owner allows.</source>
        <translation>這台電腦的主人不允許使用它的映像 {wanted}。</translation>
    </message>
    <message>
        <source>Its image comes from {wanted}: a registry with a port or on the own network has to be listed by this computer&apos;s owner.</source>
        <translation>它的映像來自 {wanted}：帶連接埠或位於自家網路的登錄伺服器，必須由這台電腦的主人列入許可。</translation>
    </message>
    <message>
        <source>It asks for {wanted:duration}; {allowed:duration} is allowed.</source>
        <translation>它要求 {wanted:duration}，上限是 {allowed:duration}。</translation>
    </message>
    <message>
        <source>It needs {wanted} processor cores; {allowed} are allowed.</source>
        <translation>它需要 {wanted} 個 CPU 核心，上限是 {allowed} 個。</translation>
    </message>
    <message>
        <source>It needs {wanted:size} of memory; {allowed:size} is allowed.</source>
        <translation>它需要 {wanted:size} 記憶體，上限是 {allowed:size}。</translation>
    </message>
    <message>
        <source>It needs {wanted:size} of disk; {allowed:size} is allowed.</source>
        <translation>它需要 {wanted:size} 磁碟空間，上限是 {allowed:size}。</translation>
    </message>
    <message>
        <source>It needs {wanted} GPUs; {allowed} are allowed.</source>
        <translation>它需要 {wanted} 張 GPU，上限是 {allowed} 張。</translation>
    </message>
    <message>
        <source>It needs {wanted} processes; {allowed} are allowed.</source>
        <translation>它需要 {wanted} 個行程，上限是 {allowed} 個。</translation>
    </message>
    <message>
        <source>It needs {wanted} processor cores; {allowed} are free now.</source>
        <translation>它需要 {wanted} 個 CPU 核心，目前只剩 {allowed} 個。</translation>
    </message>
    <message>
        <source>It needs {wanted:size} of memory; {allowed:size} is free now.</source>
        <translation>它需要 {wanted:size} 記憶體，目前只剩 {allowed:size}。</translation>
    </message>
    <message>
        <source>It needs {wanted:size} of disk; {allowed:size} is free now.</source>
        <translation>它需要 {wanted:size} 磁碟空間，目前只剩 {allowed:size}。</translation>
    </message>
    <message>
        <source>It needs {wanted} GPUs; {allowed} are free now.</source>
        <translation>它需要 {wanted} 張 GPU，目前只剩 {allowed} 張。</translation>
    </message>
    <message>
        <source>It needs {wanted} processes; {allowed} are free now.</source>
        <translation>它需要 {wanted} 個行程，目前只剩 {allowed} 個。</translation>
    </message>
    <message>
        <source>It takes no more tasks: it is stopping.</source>
        <translation>它正要停止，不再接受任務。</translation>
    </message>
    <message>
        <source>Its owner has paused it.</source>
        <translation>它被主人暫停了。</translation>
    </message>
    <message>
        <source>Docker does not work there now.</source>
        <translation>那裡的 Docker 目前無法使用。</translation>
    </message>
    <message>
        <source>It needs its owner&apos;s attention.</source>
        <translation>它需要主人處理。</translation>
    </message>
    <message>
        <source>It was asked to take no more tasks.</source>
        <translation>它被要求不再接受任務。</translation>
    </message>
    <message>
        <source>It has as many tasks as it may.</source>
        <translation>它的任務數已達上限。</translation>
    </message>
    <message>
        <source>it asks for network access</source>
        <translation>它要求使用網路</translation>
    </message>
    <message>
        <source>its image is not allowed</source>
        <translation>不允許它的映像</translation>
    </message>
    <message>
        <source>its image&apos;s registry is not allowed</source>
        <translation>不允許它的映像登錄伺服器</translation>
    </message>
    <message>
        <source>it asks for too much time</source>
        <translation>它要求的時間太長</translation>
    </message>
    <message>
        <source>it needs more processor cores</source>
        <translation>CPU 核心不夠</translation>
    </message>
    <message>
        <source>it needs more memory</source>
        <translation>記憶體不夠</translation>
    </message>
    <message>
        <source>it needs more disk</source>
        <translation>磁碟空間不夠</translation>
    </message>
    <message>
        <source>it needs more GPUs</source>
        <translation>GPU 不夠</translation>
    </message>
    <message>
        <source>it needs more processes</source>
        <translation>行程數不夠</translation>
    </message>
    <message>
        <source>the processor is taken</source>
        <translation>CPU 已用滿</translation>
    </message>
    <message>
        <source>the memory is taken</source>
        <translation>記憶體已用滿</translation>
    </message>
    <message>
        <source>the disk is taken</source>
        <translation>磁碟空間已用滿</translation>
    </message>
    <message>
        <source>the GPUs are taken</source>
        <translation>GPU 都在使用中</translation>
    </message>
    <message>
        <source>the processes are taken</source>
        <translation>行程數已用滿</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write a whole number from {low} to {high}.</source>
        <translation>{where}：{key} 不能是「{got}」；請寫 {low} 到 {high} 的整數。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write a number from {low} to {high}.</source>
        <translation>{where}：{key} 不能是「{got}」；請寫 {low} 到 {high} 的數字。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write a size like 512m or 2g, from {low} to {high}.</source>
        <translation>{where}：{key} 不能是「{got}」；請寫 {low} 到 {high} 的大小，例如 512m 或 2g。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write true or false.</source>
        <translation>{where}：{key} 不能是「{got}」；請寫 true 或 false。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write one of: {choices}.</source>
        <translation>{where}：{key} 不能是「{got}」；請選一個：{choices}。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write one line of text in quotes.</source>
        <translation>{where}：{key} 不能是「{got}」；請寫一行用引號括起來的文字。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write it like {example}.</source>
        <translation>{where}：{key} 不能是「{got}」；請照這個樣子寫：{example}。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write HOST:PORT, https://HOST[:PORT], http:// on this computer only, or a join link.</source>
        <translation>{where}：{key} 不能是「{got}」；請寫 HOST:PORT、https://HOST[:PORT]、只在這台電腦上用的 http://，或加入連結。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write a list of numbers like [0, 1].</source>
        <translation>{where}：{key} 不能是「{got}」；請寫編號清單，例如 [0, 1]。</translation>
    </message>
    <message>
        <source>{where}: {key} cannot be “{got}”; write a list of names of images like [&quot;python&quot;, &quot;team/*&quot;].</source>
        <translation>{where}：{key} 不能是「{got}」，請寫映像名稱的清單，例如 [&quot;python&quot;, &quot;team/*&quot;]。</translation>
    </message>
    <message>
        <source>{where}: there is no setting {key}; the list of all: hivemind-desktop config list</source>
        <translation>{where}：沒有 {key} 這個設定；全部設定請看：hivemind-desktop config list</translation>
    </message>
    <message>
        <source>{where}: there is no setting {key}; {near} may be meant.</source>
        <translation>{where}：沒有 {key} 這個設定；可能是指 {near}。</translation>
    </message>
    <message>
        <source>{where}: the file is broken from here on ({detail}); mend this line, or move the file away to start with the defaults.</source>
        <translation>{where}：檔案從這裡開始壞了（{detail}）；請修正這一行，或把檔案移開，改用預設值。</translation>
    </message>
    <message>
        <source>{where}: this line is no NAME=value.</source>
        <translation>{where}：這一行不是「名稱=值」。</translation>
    </message>
    <message>
        <source>There is no settings file {path}.</source>
        <translation>沒有設定檔 {path}。</translation>
    </message>
    <message>
        <source>{path} is not a text file in UTF-8; save it as UTF-8.</source>
        <translation>{path} 不是 UTF-8 文字檔；請存成 UTF-8。</translation>
    </message>
    <message>
        <source>The settings file {path} cannot be read: {detail}.</source>
        <translation>無法讀取設定檔 {path}：{detail}。</translation>
    </message>
    <message>
        <source>The settings file {path} cannot be written: {detail}.</source>
        <translation>無法寫入設定檔 {path}：{detail}。</translation>
    </message>
    <message>
        <source>{path} holds NAME=value lines, which have no name for {key}; use a config.toml for it.</source>
        <translation>{path} 是「名稱=值」的格式，沒有 {key} 的名稱；請改用 config.toml。</translation>
    </message>
    <message>
        <source>{key} cannot be changed in {path} without losing other lines; change it there by hand. Nothing was written.</source>
        <translation>無法在不影響其他內容的情況下，修改 {path} 裡的 {key}；請手動修改。檔案沒有變動。</translation>
    </message>
    <message>
        <source>{place} is set and stands above the file: {key} keeps that value while it is.</source>
        <translation>{place} 的優先順序高於設定檔：設定它的期間，{key} 會維持那個值。</translation>
    </message>
    <message>
        <source>your pool</source>
        <translation>你的資源池</translation>
    </message>
    <message>
        <source>You stopped it at {since:clock}, until you start it again.</source>
        <translation>你在 {since:clock} 停止了它，按開始才會恢復。</translation>
    </message>
    <message>
        <source>You stopped it, until you start it again.</source>
        <translation>你停止了它，按開始才會恢復。</translation>
    </message>
    <message>
        <source>{tasks:task is|tasks are} being ended, then it is stopped.</source>
        <translation>正在結束 {tasks:task is|tasks are} 個任務，然後停止。</translation>
    </message>
    <message>
        <source>HiveMind is ending.</source>
        <translation>HiveMind 正在結束。</translation>
    </message>
    <message>
        <source>{engine} is not installed, so no task can start.</source>
        <translation>沒有安裝 {engine}，任務無法開始。</translation>
    </message>
    <message>
        <source>{engine} has not been running since {since:clock}, so no task can start.</source>
        <translation>{since:clock} 起 {engine} 沒有執行，任務無法開始。</translation>
    </message>
    <message>
        <source>{engine} is not running, so no task can start.</source>
        <translation>{engine} 沒有執行，任務無法開始。</translation>
    </message>
    <message>
        <source>This account may not use {engine}, so no task can start.</source>
        <translation>這個帳號不能使用 {engine}，任務無法開始。</translation>
    </message>
    <message>
        <source>{engine} has not answered since {since:clock}, so no task can start.</source>
        <translation>{since:clock} 起 {engine} 沒有回應，任務無法開始。</translation>
    </message>
    <message>
        <source>{engine} does not answer, so no task can start.</source>
        <translation>{engine} 沒有回應，任務無法開始。</translation>
    </message>
    <message>
        <source>{engine} is too old, so no task can start.</source>
        <translation>{engine} 版本太舊，任務無法開始。</translation>
    </message>
    <message>
        <source>{engine} has reported errors since {since:clock}, so no task can start.</source>
        <translation>{since:clock} 起 {engine} 回報錯誤，任務無法開始。</translation>
    </message>
    <message>
        <source>{engine} reports an error, so no task can start.</source>
        <translation>{engine} 回報錯誤，任務無法開始。</translation>
    </message>
    <message>
        <source>{pool:pool} refuses this computer: {detail:brief}.</source>
        <translation>{pool:pool} 拒絕這台電腦：{detail:brief}。</translation>
    </message>
    <message>
        <source>{pool:pool} refuses this computer.</source>
        <translation>{pool:pool} 拒絕這台電腦。</translation>
    </message>
    <message>
        <source>A part of HiveMind failed ({where}); restart it, the program log has more.</source>
        <translation>HiveMind 出錯了（{where}），請重新啟動。</translation>
    </message>
    <message>
        <source>A part of HiveMind failed; restart it, the program log has more.</source>
        <translation>HiveMind 出錯了，請重新啟動；詳情在程式記錄裡。</translation>
    </message>
    <message>
        <source>You paused at {since:clock}; it goes on at {until:clock}.</source>
        <translation>你在 {since:clock} 按了暫停；{until:clock} 自動繼續。</translation>
    </message>
    <message>
        <source>You paused; it goes on at {until:clock}.</source>
        <translation>你按了暫停；{until:clock} 自動繼續。</translation>
    </message>
    <message>
        <source>You paused at {since:clock}, until you resume.</source>
        <translation>你在 {since:clock} 按了暫停，按繼續才會恢復。</translation>
    </message>
    <message>
        <source>You paused, until you resume.</source>
        <translation>你按了暫停，按繼續才會恢復。</translation>
    </message>
    <message>
        <source>Finishing {tasks:task|tasks}, then it stops.</source>
        <translation>做完 {tasks:task|tasks} 個任務就停止。</translation>
    </message>
    <message>
        <source>Sending {results:result|results}, then it stops.</source>
        <translation>送出 {results:result|results} 個結果就停止。</translation>
    </message>
    <message>
        <source>Everything is finished; it stops now.</source>
        <translation>全部做完了，現在停止。</translation>
    </message>
    <message>
        <source>{pool:pool} has not answered since {since:clock}; {results:result is kept and will be sent|results are kept and will be sent}.</source>
        <translation>{since:clock} 起 {pool:pool} 沒有回應；已保存 {results:result is kept and will be sent|results are kept and will be sent} 個結果，連上後送出。</translation>
    </message>
    <message>
        <source>{pool:pool} does not answer; {results:result is kept|results are kept}.</source>
        <translation>{pool:pool} 沒有回應；{results:result is kept|results are kept} 個結果已保存。</translation>
    </message>
    <message>
        <source>{pool:pool} has not answered since {since:clock}; {tasks:task goes on|tasks go on}.</source>
        <translation>{since:clock} 起 {pool:pool} 沒有回應；{tasks:task goes on|tasks go on} 個任務照常進行。</translation>
    </message>
    <message>
        <source>{pool:pool} has not answered since {since:clock}; next try at {until:clock}.</source>
        <translation>{since:clock} 起 {pool:pool} 沒有回應，{until:clock} 再試。</translation>
    </message>
    <message>
        <source>{pool:pool} has not answered since {since:clock}.</source>
        <translation>{since:clock} 起 {pool:pool} 沒有回應。</translation>
    </message>
    <message>
        <source>{pool:pool} does not answer.</source>
        <translation>{pool:pool} 沒有回應。</translation>
    </message>
    <message>
        <source>Connecting to {pool:pool}.</source>
        <translation>正在連線到 {pool:pool}。</translation>
    </message>
    <message>
        <source>{pool:pool} does not answer; next try at {until:clock}. {tasks:task goes on|tasks go on}.</source>
        <translation>{pool:pool} 沒有回應，{until:clock} 再試；{tasks:task goes on|tasks go on} 個任務照常進行。</translation>
    </message>
    <message>
        <source>{pool:pool} does not answer; next try at {until:clock}.</source>
        <translation>{pool:pool} 沒有回應，{until:clock} 再試。</translation>
    </message>
    <message>
        <source>{tasks:task is|tasks are} running within your limits.</source>
        <translation>{tasks:task is|tasks are} 個任務執行中，不超過你設的上限。</translation>
    </message>
    <message>
        <source>{pool:pool} has no task for this computer right now.</source>
        <translation>{pool:pool} 目前沒有適合這台電腦的任務。</translation>
    </message>
    <message>
        <source>{pool:pool} sends no more tasks to this computer for now.</source>
        <translation>{pool:pool} 暫時不再給這台電腦任務。</translation>
    </message>
    <message>
        <source>Looking whether Docker is ready.</source>
        <translation>正在確認 Docker 是否可用。</translation>
    </message>
    <message>
        <source>A task of {pool:pool} does not fit here: {detail:brief}.</source>
        <translation>{pool:pool} 的任務不適合這裡：{detail:brief}。</translation>
    </message>
    <message>
        <source>A task of {pool:pool} does not fit here.</source>
        <translation>{pool:pool} 的任務不適合這裡。</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation>需要處理</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暫停</translation>
    </message>
    <message>
        <source>Finishing</source>
        <translation>收尾中</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>離線</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>連線中</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>工作中</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>待命</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已收到</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>準備中</translation>
    </message>
    <message>
        <source>About to start</source>
        <translation>即將開始</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>執行中</translation>
    </message>
    <message>
        <source>Collecting results</source>
        <translation>收集結果中</translation>
    </message>
    <message>
        <source>Cleaning up</source>
        <translation>清理中</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失敗</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>Offered</source>
        <translation>已提供</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>已接下</translation>
    </message>
    <message>
        <source>Sending results</source>
        <translation>傳送結果中</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>已送達</translation>
    </message>
    <message>
        <source>Given back</source>
        <translation>已退回</translation>
    </message>
    <message>
        <source>Not heard of any more</source>
        <translation>失去消息</translation>
    </message>
    <message>
        <source>No longer wanted</source>
        <translation>不再需要</translation>
    </message>
    <message>
        <source>Ended with an error</source>
        <translation>執行後回報錯誤</translation>
    </message>
    <message>
        <source>Took too long</source>
        <translation>超過時間上限</translation>
    </message>
    <message>
        <source>Out of memory</source>
        <translation>記憶體不足</translation>
    </message>
    <message>
        <source>Used too much disk</source>
        <translation>超過磁碟上限</translation>
    </message>
    <message>
        <source>Printed too much</source>
        <translation>輸出過多</translation>
    </message>
    <message>
        <source>Stopped by the owner</source>
        <translation>被電腦主人停止</translation>
    </message>
    <message>
        <source>Docker stopped</source>
        <translation>Docker 停止運作</translation>
    </message>
    <message>
        <source>The computer was lost</source>
        <translation>電腦失去聯絡</translation>
    </message>
    <message>
        <source>Cannot run here</source>
        <translation>無法在這裡執行</translation>
    </message>
    <message>
        <source>The package does not work</source>
        <translation>套件無法使用</translation>
    </message>
    <message>
        <source>A task before it failed</source>
        <translation>前一個任務失敗</translation>
    </message>
    <message>
        <source>No network</source>
        <translation>沒有網路</translation>
    </message>
    <message>
        <source>Named addresses only</source>
        <translation>只限指定的位址</translation>
    </message>
    <message>
        <source>Internet</source>
        <translation>網際網路</translation>
    </message>
    <message>
        <source>The demo could not begin: {why}</source>
        <translation>示範無法開始：{why}</translation>
    </message>
    <message>
        <source>The master did not take the demo&apos;s task (it ended with {exit_code}); worker.log and master.log in the demo folder say why.</source>
        <translation>主控節點沒有接受示範任務（結束代碼 {exit_code}）；示範資料夾裡的 worker.log 和 master.log 有原因。</translation>
    </message>
    <message>
        <source>The worker took the wish but has not followed it within 15 seconds; see hivemind-desktop status.</source>
        <translation>工作節點收到了要求，但 15 秒內沒有完成；請看 hivemind-desktop status。</translation>
    </message>
    <message>
        <source>The demo was ended before its task had ended.</source>
        <translation>示範在任務結束前就被結束了。</translation>
    </message>
    <message>
        <source>There is no display for a window here; start the worker without one: hivemind-desktop --headless</source>
        <translation>這裡沒有可以開視窗的顯示器；請啟動沒有視窗的工作節點：hivemind-desktop --headless</translation>
    </message>
    <message>
        <source>No task {task_id} ran on this computer; hivemind-desktop history lists those that did.</source>
        <translation>這台電腦沒有執行過任務 {task_id}；hivemind-desktop history 會列出執行過的任務。</translation>
    </message>
    <message>
        <source>This computer has not joined the pool at {address}: ask for a join link (hivemind-master invite) and run hivemind-desktop join LINK.</source>
        <translation>這台電腦還沒有加入 {address} 的資源池：請取得加入連結（hivemind-master invite），再執行 hivemind-desktop join LINK。</translation>
    </message>
    <message>
        <source>This computer has joined no pool, so there is none to leave.</source>
        <translation>這台電腦沒有加入任何資源池，不需要離開。</translation>
    </message>
    <message>
        <source>The master on this computer does not answer: {detail}</source>
        <translation>這台電腦上的主控節點沒有回應：{detail}</translation>
    </message>
    <message>
        <source>HiveMind runs here already; it was asked to show its window.</source>
        <translation>HiveMind 已經在這裡執行，已請它顯示視窗。</translation>
    </message>
    <message>
        <source>It used more than its {limit:size} of memory; ask for more with --memory.</source>
        <translation>它用的記憶體超過獲准的 {limit:size}；請用 --memory 要求更多。</translation>
    </message>
    <message>
        <source>It wrote more than its {limit:size} of disk; ask for more by disk under [limits] in task.toml.</source>
        <translation>它寫入的磁碟空間超過獲准的 {limit:size}；請在 task.toml 的 [limits] 用 disk 要求更多。</translation>
    </message>
    <message>
        <source>It took longer than {limit:duration}; ask for more with --timeout.</source>
        <translation>它執行超過 {limit:duration}；請用 --timeout 要求更多。</translation>
    </message>
    <message>
        <source>It took longer than that computer allows a task that names no time; ask with --timeout.</source>
        <translation>它執行的時間超過那台電腦給未指定時間的任務的上限；請用 --timeout 指定。</translation>
    </message>
    <message>
        <source>The sensor {sensor} cannot be read; its values are shown as not measured.</source>
        <translation>感測器 {sensor} 無法讀取，數值顯示為未測量。</translation>
    </message>
    <message>
        <source>An entry has an empty name.</source>
        <translation>有一個項目的名稱是空的。</translation>
    </message>
    <message>
        <source>The name {path} is not valid UTF-8; rename it.</source>
        <translation>名稱 {path} 不是有效的 UTF-8，請重新命名。</translation>
    </message>
    <message>
        <source>The name {path} holds the control character {character}; rename it.</source>
        <translation>名稱 {path} 含有控制字元 {character}，請重新命名。</translation>
    </message>
    <message>
        <source>The name {path} holds a backslash; write / between folders.</source>
        <translation>名稱 {path} 含有反斜線，資料夾之間請用 /。</translation>
    </message>
    <message>
        <source>The name {path} begins with a drive letter; names must be relative.</source>
        <translation>名稱 {path} 以磁碟機代號開頭，名稱必須是相對路徑。</translation>
    </message>
    <message>
        <source>The name {path} is absolute; names must be relative.</source>
        <translation>名稱 {path} 是絕對路徑，名稱必須是相對路徑。</translation>
    </message>
    <message>
        <source>The name {path} holds the part “{part}”, which could lead out of its folder.</source>
        <translation>名稱 {path} 含有「{part}」，可能離開它的資料夾。</translation>
    </message>
    <message>
        <source>The name {path} has an empty part between two slashes or at its end.</source>
        <translation>名稱 {path} 的兩個斜線之間或結尾有空的部分。</translation>
    </message>
    <message>
        <source>The name {path} is longer than {limit} bytes; shorten it.</source>
        <translation>名稱 {path} 超過 {limit} 位元組，請縮短。</translation>
    </message>
    <message>
        <source>A part of the name {path} is longer than {limit} bytes; shorten it.</source>
        <translation>名稱 {path} 有一段超過 {limit} 位元組，請縮短。</translation>
    </message>
    <message>
        <source>The name {path} lies more than {limit} folders deep.</source>
        <translation>名稱 {path} 的資料夾層數超過 {limit} 層。</translation>
    </message>
    <message>
        <source>The name {path} holds “{character}”, which Windows cannot write; rename it.</source>
        <translation>名稱 {path} 含有 Windows 無法使用的「{character}」，請重新命名。</translation>
    </message>
    <message>
        <source>The name {path} holds “{part}”, which is a device on Windows; rename it.</source>
        <translation>名稱 {path} 中的「{part}」在 Windows 上是裝置名稱，請重新命名。</translation>
    </message>
    <message>
        <source>In the name {path} the part “{part}” ends with a dot or a space, which Windows cannot write; rename it.</source>
        <translation>名稱 {path} 中的「{part}」以句點或空格結尾，Windows 無法使用，請重新命名。</translation>
    </message>
    <message>
        <source>“{value}” is not a size; write bytes or something like 512m, 2g, 1.5GiB.</source>
        <translation>「{value}」不是容量，請寫位元組數，或像 512m、2g、1.5GiB。</translation>
    </message>
    <message>
        <source>“{value}” is not a duration; write seconds or something like 90s, 30m, 1h30m, 2d.</source>
        <translation>「{value}」不是時間長度，請寫秒數，或像 90s、30m、1h30m、2d。</translation>
    </message>
    <message>
        <source>“{value}” is not a number of CPU cores; write something like 2 or 0.5.</source>
        <translation>「{value}」不是 CPU 核心數，請寫像 2 或 0.5。</translation>
    </message>
    <message>
        <source>Nothing in the package can be run: add a main.py or a run_task.sh, or name a command in task.toml.</source>
        <translation>套件中沒有可執行的檔案：請加入 main.py 或 run_task.sh，或在 task.toml 中指定 command。</translation>
    </message>
    <message>
        <source>{path} holds no file.</source>
        <translation>{path} 裡沒有任何檔案。</translation>
    </message>
    <message>
        <source>{path} does not exist.</source>
        <translation>{path} 不存在。</translation>
    </message>
    <message>
        <source>{entry} cannot be read: {detail}</source>
        <translation>無法讀取 {entry}：{detail}</translation>
    </message>
    <message>
        <source>{path} is neither a folder nor a file; submit a folder, a ZIP, or a .py file.</source>
        <translation>{path} 既不是資料夾也不是檔案，請提交資料夾、ZIP 或 .py 檔。</translation>
    </message>
    <message>
        <source>{path} is not a ZIP; submit a folder, a ZIP, or a .py file.</source>
        <translation>{path} 不是 ZIP，請提交資料夾、ZIP 或 .py 檔。</translation>
    </message>
    <message>
        <source>The ZIP {path} has something in front of its entries; make a plain ZIP, or submit the folder itself.</source>
        <translation>ZIP {path} 的內容前面還有其他資料，請製作一般的 ZIP，或直接提交資料夾。</translation>
    </message>
    <message>
        <source>The ZIP {path} is cut short or damaged; make it or fetch it again.</source>
        <translation>ZIP {path} 不完整或已損壞，請重新製作或下載。</translation>
    </message>
    <message>
        <source>The ZIP {path} is one part of several; make it in one piece, or submit the folder itself.</source>
        <translation>ZIP {path} 是分割壓縮檔的一部分，請製作成單一檔案，或直接提交資料夾。</translation>
    </message>
    <message>
        <source>In the ZIP {path} the entry {entry} overlaps another one; such archives are made to do harm.</source>
        <translation>ZIP {path} 中的 {entry} 與其他項目重疊，這種壓縮檔是為了造成危害而製作的。</translation>
    </message>
    <message>
        <source>The entry {entry} is encrypted; make the ZIP without a password.</source>
        <translation>項目 {entry} 已加密，請製作沒有密碼的 ZIP。</translation>
    </message>
    <message>
        <source>The entry {entry} is packed in a way that is not read here; make the ZIP with deflate, or submit the folder itself.</source>
        <translation>項目 {entry} 使用了不支援的壓縮方式，請用 deflate 製作 ZIP，或直接提交資料夾。</translation>
    </message>
    <message>
        <source>The entry {entry} is damaged: its content is not what the ZIP says; make the ZIP again.</source>
        <translation>項目 {entry} 已損壞：內容與 ZIP 的記載不符，請重新製作 ZIP。</translation>
    </message>
    <message>
        <source>The entry {entry} grows to more than {ratio} times its packed size; submit the folder itself.</source>
        <translation>項目 {entry} 解開後超過壓縮大小的 {ratio} 倍，請直接提交資料夾。</translation>
    </message>
    <message>
        <source>{entry} is a link; a package holds regular files and folders only: put the file itself there.</source>
        <translation>{entry} 是連結，套件只能包含一般檔案和資料夾，請改放檔案本身。</translation>
    </message>
    <message>
        <source>{entry} is neither a regular file nor a folder; take it out of the package.</source>
        <translation>{entry} 不是一般檔案也不是資料夾，請從套件中移除。</translation>
    </message>
    <message>
        <source>{entry} changed while it was read; submit again when nothing writes to it.</source>
        <translation>{entry} 在讀取時被更改，請等沒有程式寫入時再提交。</translation>
    </message>
    <message>
        <source>{path} has too many entries; a package holds at most {limit} files and empty folders.</source>
        <translation>{path} 的項目太多，一個套件最多包含 {limit} 個檔案和空資料夾。</translation>
    </message>
    <message>
        <source>{path} is too large; a package holds at most {limit}.</source>
        <translation>{path} 太大，一個套件最多 {limit}。</translation>
    </message>
    <message>
        <source>There is no room to unpack the ZIP in {folder}; make room there, or submit the folder itself.</source>
        <translation>{folder} 沒有足夠的空間解開 ZIP，請清出空間，或直接提交資料夾。</translation>
    </message>
    <message>
        <source>The list of files has {count} entries; at most {limit} are taken.</source>
        <translation>檔案清單有 {count} 個項目，最多接受 {limit} 個。</translation>
    </message>
    <message>
        <source>What the list of files says about {path} cannot be true.</source>
        <translation>檔案清單中關於 {path} 的內容不可能正確。</translation>
    </message>
    <message>
        <source>The files have {size} bytes together, more than can be counted.</source>
        <translation>檔案總共有 {size} 位元組，超過可計算的範圍。</translation>
    </message>
    <message>
        <source>{first} and {second} cannot lie side by side on every disk (equal, equal but for case, or one a file and one a folder); rename one.</source>
        <translation>{first} 與 {second} 無法同時存在於每一種磁碟（名稱相同、只有大小寫不同，或一個是檔案一個是資料夾），請重新命名其中一個。</translation>
    </message>
    <message>
        <source>task.toml has {size} bytes; at most {limit} are read.</source>
        <translation>task.toml 有 {size} 位元組，最多讀取 {limit} 位元組。</translation>
    </message>
    <message>
        <source>task.toml:{line}: this line is not UTF-8; save the file as UTF-8.</source>
        <translation>task.toml:{line}：這一行不是 UTF-8，請將檔案存成 UTF-8。</translation>
    </message>
    <message>
        <source>task.toml is not valid TOML: {detail}</source>
        <translation>task.toml 不是有效的 TOML：{detail}</translation>
    </message>
    <message>
        <source>{where}: there is no such key; known here: {known}</source>
        <translation>{where}：沒有這個鍵，可用的是：{known}</translation>
    </message>
    <message>
        <source>{where}: no task can ask for this; privileges, mounts, devices, users and the host&apos;s network are never given.</source>
        <translation>{where}：任何任務都不能要求這個；特權、掛載、裝置、使用者和主機網路一律不提供。</translation>
    </message>
    <message>
        <source>{where}: {value} cannot be used; write something like: {example}</source>
        <translation>{where}：無法使用 {value}，請寫成像這樣：{example}</translation>
    </message>
    <message>
        <source>{where}: {value} is out of range; from {least} to {most}</source>
        <translation>{where}：{value} 超出範圍，應在 {least} 到 {most} 之間。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not a name of one line with at most {limit} characters.</source>
        <translation>{where}：「{value}」不是單行且最多 {limit} 個字元的名稱。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not the name of an image; write something like python:3.12-slim or registry.example.org/team/app:v1.</source>
        <translation>{where}：「{value}」不是映像檔名稱，請寫像 python:3.12-slim 或 registry.example.org/team/app:v1。</translation>
    </message>
    <message>
        <source>{where}: the command is empty; name a program.</source>
        <translation>{where}：指令是空的，請指定要執行的程式。</translation>
    </message>
    <message>
        <source>{where}: the command is too long; at most {arguments} arguments and {limit} bytes.</source>
        <translation>{where}：指令太長，最多 {arguments} 個參數、{limit} 位元組。</translation>
    </message>
    <message>
        <source>{where}: {value} lies in a folder of the kernel; programs from /proc, /sys and /dev are not run.</source>
        <translation>{where}：{value} 位於核心的資料夾，不執行 /proc、/sys、/dev 中的程式。</translation>
    </message>
    <message>
        <source>{where}: “{value}” holds a character that no program can be given.</source>
        <translation>{where}：「{value}」含有無法傳給程式的字元。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not the name of a variable; letters, digits and _, not beginning with a digit.</source>
        <translation>{where}：「{value}」不是變數名稱；只能用英文字母、數字和 _，且不以數字開頭。</translation>
    </message>
    <message>
        <source>{where}: the worker sets {value} itself; choose another name.</source>
        <translation>{where}：{value} 由工作節點自行設定，請改用其他名稱。</translation>
    </message>
    <message>
        <source>{where}: {value} may not be set by a task: it steers the system&apos;s loader or hands out GPUs.</source>
        <translation>{where}：任務不能設定 {value}：它會影響系統的載入程式或分配 GPU。</translation>
    </message>
    <message>
        <source>{where}: the value of {value} is longer than {limit} bytes; put it into a file of the package.</source>
        <translation>{where}：{value} 的值超過 {limit} 位元組，請放進套件的檔案中。</translation>
    </message>
    <message>
        <source>{where}: {value} entries, at most {limit} are taken.</source>
        <translation>{where}：有 {value} 個項目，最多接受 {limit} 個。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not a network; write none, internet, or a list of HOST:PORT.</source>
        <translation>{where}：「{value}」不是網路設定，請寫 none、internet，或 HOST:PORT 的清單。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not HOST:PORT; write something like example.org:443.</source>
        <translation>{where}：「{value}」不是 HOST:PORT，請寫像 example.org:443。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not the id of a task; it is what `submit` printed, 26 characters.</source>
        <translation>{where}：「{value}」不是任務 ID；任務 ID 是 `submit` 印出的 26 個字元。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not a label; letters, digits and . _ : / = - inside, at most 64 characters.</source>
        <translation>{where}：「{value}」不是標籤；可用英文字母、數字，中間可用 . _ : / = -，最多 64 個字元。</translation>
    </message>
    <message>
        <source>{where}: “{value}” is not a pattern relative to /app/task; write something like *.csv or models/**.</source>
        <translation>{where}：「{value}」不是相對於 /app/task 的樣式，請寫像 *.csv 或 models/**。</translation>
    </message>
    <message>
        <source>{where}: “{value}” has more than {limit} wildcards; write ** for whatever lies below a folder.</source>
        <translation>{where}：「{value}」的萬用字元超過 {limit} 個，資料夾底下的一切請寫成 **。</translation>
    </message>
    <message>
        <source>{where}: “{value}” cannot be the id of a node.</source>
        <translation>{where}：「{value}」不可能是節點 ID。</translation>
    </message>
    <message>
        <source>The master at {address} does not answer ({detail}); it is tried again by itself. Check that it runs and that its address is right.</source>
        <translation>{address} 的主控節點沒有回應（{detail}），程式會自動重試。請確認它正在執行，而且位址正確。</translation>
    </message>
    <message>
        <source>Nobody knows a computer named in {address}; check the master&apos;s address and this computer&apos;s network.</source>
        <translation>找不到 {address} 裡的電腦名稱；請檢查主控節點的位址和這台電腦的網路。</translation>
    </message>
    <message>
        <source>The master at {address} cannot take more now ({detail}); it is tried again by itself.</source>
        <translation>{address} 的主控節點目前無法接收更多資料（{detail}），程式會自動重試。</translation>
    </message>
    <message>
        <source>What answers at {address} is not a HiveMind master ({detail}); check host and port of the address.</source>
        <translation>在 {address} 回應的不是 HiveMind 主控節點（{detail}）；請檢查位址的主機和連接埠。</translation>
    </message>
    <message>
        <source>The master at {address} does not know this computer&apos;s token ({detail}); ask for a new join link and run hivemind-desktop join LINK.</source>
        <translation>{address} 的主控節點不認得這台電腦的權杖（{detail}）；請取得新的加入連結，再執行 hivemind-desktop join LINK。</translation>
    </message>
    <message>
        <source>This HiveMind Desktop is too old for the master at {address}; install the newest version.</source>
        <translation>這個 HiveMind Desktop 對 {address} 的主控節點來說太舊；請安裝最新版本。</translation>
    </message>
    <message>
        <source>The master at {address} failed at a call ({status}: {detail}); its own log says why.</source>
        <translation>{address} 的主控節點處理呼叫時出錯（{status}：{detail}）；原因在它自己的記錄檔裡。</translation>
    </message>
    <message>
        <source>The master at {address} is on another computer; only masters on this computer can be used until certificates are built.</source>
        <translation>{address} 的主控節點在另一台電腦上；憑證功能完成之前，只能使用這台電腦上的主控節點。</translation>
    </message>
    <message>
        <source>The port of {address} is held by the user {user}, who is neither you nor root, so nothing is sent there; run worker, commands and master as the same user, or end what holds the port.</source>
        <translation>{address} 的連接埠由使用者 {user} 佔用，既不是您也不是 root，所以不會送出任何東西；請用同一個使用者執行工作節點、指令和主控節點，或結束佔用連接埠的程式。</translation>
    </message>
    <message>
        <source>This is not a whole join link (wrong part: {part}); copy it again from where you got it, up to its last character.</source>
        <translation>這不是完整的加入連結（錯誤的部分：{part}）；請從來源重新複製，直到最後一個字元。</translation>
    </message>
    <message>
        <source>This link is for submitting tasks, not for joining; ask for a join link (hivemind-master invite).</source>
        <translation>這個連結是用來提交任務，不是用來加入；請取得加入連結（hivemind-master invite）。</translation>
    </message>
    <message>
        <source>At {address} answers another pool ({found}) than the link names ({expected}); ask for a new join link.</source>
        <translation>在 {address} 回應的資源池（{found}）不是連結所指的（{expected}）；請取得新的加入連結。</translation>
    </message>
    <message>
        <source>The master keeps asking for parts of a result that it was sent ({detail}); it is tried again later.</source>
        <translation>主控節點一再要求已經送出的結果內容（{detail}），稍後會再試。</translation>
    </message>
    <message>
        <source>The offer of a task cannot be read ({detail}); master and worker may be of different versions.</source>
        <translation>無法讀取任務的提議（{detail}）；主控節點和工作節點的版本可能不同。</translation>
    </message>
    <message>
        <source>The master does not give this task&apos;s files to this computer any more ({detail}).</source>
        <translation>主控節點不再把這個任務的檔案交給這台電腦（{detail}）。</translation>
    </message>
    <message>
        <source>The link to the master was closed.</source>
        <translation>與主控節點的連線已經關閉。</translation>
    </message>
    <message>
        <source>The file {name} of a finished result is gone or was changed, so the task is given back.</source>
        <translation>已完成結果的檔案 {name} 遺失或被更改，因此任務已退回。</translation>
    </message>
    <message>
        <source>{path} of a finished result cannot be read ({detail}); it is tried again. Check the disk and who may read the folder.</source>
        <translation>無法讀取已完成結果的 {path}（{detail}），稍後會再試。請檢查磁碟和資料夾的讀取權限。</translation>
    </message>
    <message>
        <source>The task&apos;s package is broken ({detail}); the sender has to submit it again.</source>
        <translation>任務的套件已損壞（{detail}）；提交者必須重新提交。</translation>
    </message>
    <message>
        <source>The disk of {path} is full; free some space.</source>
        <translation>{path} 所在的磁碟已滿；請清出一些空間。</translation>
    </message>
    <message>
        <source>the master does not answer</source>
        <translation>主控節點沒有回應</translation>
    </message>
    <message>
        <source>not a HiveMind master</source>
        <translation>不是 HiveMind 主控節點</translation>
    </message>
    <message>
        <source>the token is not known</source>
        <translation>權杖不被接受</translation>
    </message>
    <message>
        <source>this version is too old</source>
        <translation>版本太舊</translation>
    </message>
    <message>
        <source>it is on another computer</source>
        <translation>它在另一台電腦上</translation>
    </message>
    <message>
        <source>its name is not known</source>
        <translation>找不到它的名稱</translation>
    </message>
    <message>
        <source>its port is another user&apos;s</source>
        <translation>連接埠屬於其他使用者</translation>
    </message>
    <message>
        <source>No Docker engine is here ({address} is missing); install Docker, or start Docker Desktop.</source>
        <translation>找不到 Docker 引擎（沒有 {address}）；請安裝 Docker，或啟動 Docker Desktop。</translation>
    </message>
    <message>
        <source>The Docker engine is stopped ({address} refuses); start it, for example with: sudo systemctl start docker</source>
        <translation>Docker 引擎已停止（{address} 拒絕連線）；請啟動它，例如：sudo systemctl start docker</translation>
    </message>
    <message>
        <source>You may not use the Docker engine at {address}; add yourself to its group (sudo usermod -aG docker $USER) and log in again.</source>
        <translation>您沒有使用 {address} 上 Docker 引擎的權限；請把自己加入群組（sudo usermod -aG docker $USER），然後重新登入。</translation>
    </message>
    <message>
        <source>The Docker engine at {address} does not answer; restart it if that goes on.</source>
        <translation>{address} 上的 Docker 引擎沒有回應；若持續如此，請重新啟動它。</translation>
    </message>
    <message>
        <source>The Docker engine at {address} is too old (API {api}, needed {needed}); update Docker to 20.10 or newer.</source>
        <translation>{address} 上的 Docker 引擎版本太舊（API {api}，需要 {needed}）；請把 Docker 更新到 20.10 或更新的版本。</translation>
    </message>
    <message>
        <source>The Docker engine at {address} runs Windows containers; switch Docker Desktop to Linux containers.</source>
        <translation>{address} 上的 Docker 引擎使用 Windows 容器；請在 Docker Desktop 切換到 Linux 容器。</translation>
    </message>
    <message>
        <source>What answers at {address} is not a working Docker engine: {detail}; restart Docker.</source>
        <translation>{address} 上回應的不是正常的 Docker 引擎：{detail}；請重新啟動 Docker。</translation>
    </message>
    <message>
        <source>{address} is not an address of a Docker engine; set DOCKER_HOST to unix://PATH, npipe://PATH or tcp://HOST:PORT, or remove it.</source>
        <translation>{address} 不是 Docker 引擎的位址；請把 DOCKER_HOST 設為 unix://PATH、npipe://PATH 或 tcp://HOST:PORT，或移除它。</translation>
    </message>
    <message>
        <source>The connection to the Docker engine broke ({detail}); the task is tried again.</source>
        <translation>與 Docker 引擎的連線中斷（{detail}）；任務會重試。</translation>
    </message>
    <message>
        <source>The Docker engine went away while the task ran; the task is tried again.</source>
        <translation>任務執行時 Docker 引擎停止運作；任務會重試。</translation>
    </message>
    <message>
        <source>The Docker engine refused the task&apos;s container: {detail}</source>
        <translation>Docker 引擎拒絕建立任務的容器：{detail}</translation>
    </message>
    <message>
        <source>The Docker engine cannot give GPUs to containers ({detail}); install the NVIDIA Container Toolkit.</source>
        <translation>Docker 引擎無法提供 GPU 給容器（{detail}）；請安裝 NVIDIA Container Toolkit。</translation>
    </message>
    <message>
        <source>The GPUs for the task did not come free on this computer; the task is tried again.</source>
        <translation>這台電腦上任務所需的 GPU 一直沒有空出來；任務會再試一次。</translation>
    </message>
    <message>
        <source>No image named {image} is here or in a registry; check the name in the task.</source>
        <translation>這裡和映像檔登錄處都沒有名為 {image} 的映像檔；請檢查任務中的名稱。</translation>
    </message>
    <message>
        <source>The image {image} made no progress for {seconds} seconds; check the network of this computer.</source>
        <translation>映像檔 {image} 已有 {seconds} 秒沒有進展；請檢查這台電腦的網路。</translation>
    </message>
    <message>
        <source>The image {image} was removed while the task was prepared; the task is tried again.</source>
        <translation>準備任務時映像檔 {image} 被移除了；任務會重試。</translation>
    </message>
    <message>
        <source>The image {image} declares the volume {path}, which is not given: too many, or it would hide files of the task.</source>
        <translation>映像 {image} 宣告了不會提供的磁碟區 {path}：數量太多，或會遮住任務的檔案。</translation>
    </message>
    <message>
        <source>The image {image} sets the variable {name}, which steers the system&apos;s loader; use an image without it.</source>
        <translation>映像 {image} 設定了變數 {name}，它會左右系統的載入器，請改用沒有它的映像。</translation>
    </message>
    <message>
        <source>The task asks for the network ({network}), which this worker does not give.</source>
        <translation>任務要求使用網路（{network}），但這個工作節點不提供。</translation>
    </message>
    <message>
        <source>The package has a requirements.txt, which this version cannot install; use an image that holds what it needs.</source>
        <translation>套件中有 requirements.txt，這個版本還無法安裝；請使用已包含所需套件的映像檔。</translation>
    </message>
    <message>
        <source>The package ({size:size}) is larger than the task&apos;s disk ({limit:size}); ask for more disk.</source>
        <translation>套件（{size:size}）大於任務的磁碟空間（{limit:size}）；請要求更多磁碟空間。</translation>
    </message>
    <message>
        <source>The file {path} does not fit into the task&apos;s disk limit ({limit:size}); what fits came back.</source>
        <translation>檔案 {path} 超出任務的磁碟上限（{limit:size}）；放得下的部分已傳回。</translation>
    </message>
    <message>
        <source>The task&apos;s command cannot be started in its image: {detail}</source>
        <translation>任務的命令無法在映像檔中啟動：{detail}</translation>
    </message>
    <message>
        <source>The image {image} could not be fetched; worker.log of that computer has the details.</source>
        <translation>無法取得映像 {image}，詳情請看那台電腦的 worker.log。</translation>
    </message>
    <message>
        <source>The image {image} could not be built; worker.log of that computer has the details.</source>
        <translation>無法建置映像 {image}，詳情請看那台電腦的 worker.log。</translation>
    </message>
    <message>
        <source>A task may not set the variable “{name}”.</source>
        <translation>任務不能設定變數「{name}」。</translation>
    </message>
    <message>
        <source>The task made more than {limit} files; the first ones came back.</source>
        <translation>任務產生超過 {limit} 個檔案；只傳回最先的部分。</translation>
    </message>
    <message>
        <source>A process of the task was ended for lack of memory; the exit code is the task&apos;s own.</source>
        <translation>任務的一個行程因記憶體不足而結束；結束代碼是任務自己的。</translation>
    </message>
    <message>
        <source>This program failed ({detail}); the task is tried again. worker.log has the details.</source>
        <translation>本程式發生錯誤（{detail}）；任務會重試。詳情請看 worker.log。</translation>
    </message>
    <message>
        <source>The program ended twice while it collected the task&apos;s result; the task is tried again. worker.log has the details.</source>
        <translation>程式在收取任務結果時兩度中斷，任務會重試。詳情請看 worker.log。</translation>
    </message>
    <message>
        <source>The task&apos;s disk could not be made at {folder}: {detail}</source>
        <translation>無法在 {folder} 建立任務的磁碟：{detail}</translation>
    </message>
    <message>
        <source>The task&apos;s disk at {folder} is still in use ({detail}); it is removed at the next start.</source>
        <translation>{folder} 的任務磁碟仍在使用中（{detail}）；下次啟動時會移除。</translation>
    </message>
    <message>
        <source>No worker runs here (nothing answers at {path}); start it with hivemind-desktop.</source>
        <translation>這裡沒有執行中的工作節點（{path} 沒有回應）；請用 hivemind-desktop 啟動。</translation>
    </message>
    <message>
        <source>A worker of this installation is already running (process {pid}); use that one, or quit it first.</source>
        <translation>這個安裝的工作節點已在執行（處理程序 {pid}）；請使用它，或先結束它。</translation>
    </message>
    <message>
        <source>This worker belongs to another user of the computer; only that user can control it.</source>
        <translation>這個工作節點屬於這台電腦的另一位使用者；只有該使用者可以控制它。</translation>
    </message>
    <message>
        <source>The worker did not answer within {seconds} seconds; try again, or see its log.</source>
        <translation>工作節點在 {seconds} 秒內沒有回應；請再試一次，或查看它的記錄檔。</translation>
    </message>
    <message>
        <source>The connection to the worker ended; it may have quit or crashed. See hivemind-desktop status.</source>
        <translation>與工作節點的連線已中斷；它可能已結束或當掉。請看 hivemind-desktop status。</translation>
    </message>
    <message>
        <source>The worker is still starting; try again in a moment.</source>
        <translation>工作節點還在啟動；請稍後再試。</translation>
    </message>
    <message>
        <source>This program speaks version {theirs} of the control protocol, the worker version {ours}; restart the worker after an update.</source>
        <translation>這個程式使用控制協定版本 {theirs}，工作節點使用版本 {ours}；更新後請重新啟動工作節點。</translation>
    </message>
    <message>
        <source>What answers at the control socket is not a worker of this program; look what runs there.</source>
        <translation>控制通訊端的另一邊不是這個程式的工作節點；請查看那裡執行的是什麼。</translation>
    </message>
    <message>
        <source>The worker has {limit} control connections already; close one of the programs that watch it.</source>
        <translation>工作節點已有 {limit} 個控制連線；請關閉其中一個監看它的程式。</translation>
    </message>
    <message>
        <source>More than {limit} calls of one connection wait for an answer; wait for some of them.</source>
        <translation>一個連線已有超過 {limit} 個呼叫在等待回應；請先等其中一些完成。</translation>
    </message>
    <message>
        <source>A request to the worker is longer than it takes; the connection was closed.</source>
        <translation>送給工作節點的要求太長，連線已關閉。</translation>
    </message>
    <message>
        <source>A request to the worker is not one JSON object with a call and a verb.</source>
        <translation>送給工作節點的要求不是帶有 call 與 verb 的 JSON 物件。</translation>
    </message>
    <message>
        <source>A request to the worker is wrong: {detail}.</source>
        <translation>送給工作節點的要求有誤：{detail}。</translation>
    </message>
    <message>
        <source>The worker does not know the request {verb}; it may be of another version.</source>
        <translation>工作節點不認得要求 {verb}；它可能是另一個版本。</translation>
    </message>
    <message>
        <source>The first request to a worker has to be hello with a version.</source>
        <translation>對工作節點的第一個要求必須是帶有版本的 hello。</translation>
    </message>
    <message>
        <source>The worker failed at this request ({detail}); its log says why.</source>
        <translation>工作節點處理這個要求時出錯（{detail}）；原因在它的記錄檔裡。</translation>
    </message>
    <message>
        <source>{path} is no socket; move that file away and start again.</source>
        <translation>{path} 不是通訊端；請移走該檔案，再重新啟動。</translation>
    </message>
    <message>
        <source>{path} is too long for a socket; set XDG_RUNTIME_DIR or HIVEMIND_HOME to a shorter folder.</source>
        <translation>{path} 對通訊端來說太長；請將 XDG_RUNTIME_DIR 或 HIVEMIND_HOME 設為較短的資料夾。</translation>
    </message>
    <message>
        <source>The control socket {path} cannot be made ({detail}); check the folder and its disk.</source>
        <translation>無法建立控制通訊端 {path}（{detail}）；請檢查資料夾與磁碟。</translation>
    </message>
    <message>
        <source>Controlling a running worker from the command line is not built for Windows yet; use its window.</source>
        <translation>目前還不能在 Windows 上用命令列控制執行中的工作節點；請使用它的視窗。</translation>
    </message>
    <message>
        <source>The attempt {attempt} belongs to another computer.</source>
        <translation>嘗試 {attempt} 屬於其他電腦。</translation>
    </message>
    <message>
        <source>“{value}” is no attempt; write EPOCH.N or N, as hivemind-master task ID shows it.</source>
        <translation>「{value}」不是嘗試編號；請寫 EPOCH.N 或 N，hivemind-master task ID 會列出。</translation>
    </message>
    <message>
        <source>Task {task} has no attempt {n}.</source>
        <translation>任務 {task} 沒有嘗試 {n}。</translation>
    </message>
    <message>
        <source>The bytes that came do not follow those that are held ({held}).</source>
        <translation>收到的資料沒有接在已有的資料（{held}）之後。</translation>
    </message>
    <message>
        <source>The content {blob} is not held here.</source>
        <translation>這裡沒有內容 {blob}。</translation>
    </message>
    <message>
        <source>A content was named by something that is no SHA-256.</source>
        <translation>用來指稱內容的不是 SHA-256。</translation>
    </message>
    <message>
        <source>The content {blob} does not belong to a task of yours.</source>
        <translation>內容 {blob} 不屬於你的任務。</translation>
    </message>
    <message>
        <source>One file may have at most {limit:size}.</source>
        <translation>一個檔案最多 {limit:size}。</translation>
    </message>
    <message>
        <source>The master does not hold the content {blob} any more.</source>
        <translation>主控節點已經沒有內容 {blob}。</translation>
    </message>
    <message>
        <source>A file&apos;s content is not what its SHA-256 says; it was changed on its way.</source>
        <translation>檔案內容與它的 SHA-256 不符，可能在傳送途中被更改。</translation>
    </message>
    <message>
        <source>One call may name at most {limit} contents.</source>
        <translation>一次最多指定 {limit} 個內容。</translation>
    </message>
    <message>
        <source>The call&apos;s field {field} cannot be read; use programs of the same version.</source>
        <translation>無法讀取要求的欄位 {field}；請使用相同版本的程式。</translation>
    </message>
    <message>
        <source>The call carried no valid token.</source>
        <translation>這個要求沒有有效的權杖。</translation>
    </message>
    <message>
        <source>This token may not call {call}.</source>
        <translation>這個權杖不能使用 {call}。</translation>
    </message>
    <message>
        <source>The master does not know the call {call}; it may be older than this program.</source>
        <translation>主控節點不認得 {call}，它可能比這個程式舊。</translation>
    </message>
    <message>
        <source>The worker did not tell its installation id.</source>
        <translation>工作節點沒有提供安裝識別碼。</translation>
    </message>
    <message>
        <source>The join link is not valid any more; ask for a new one.</source>
        <translation>加入連結已經失效，請取得新的。</translation>
    </message>
    <message>
        <source>The join link has been used as often as it may; ask for a new one.</source>
        <translation>加入連結的使用次數已經用完，請取得新的。</translation>
    </message>
    <message>
        <source>An invitation holds at most {ttl_limit:duration} and {uses_limit} uses.</source>
        <translation>邀請最長 {ttl_limit:duration}，最多使用 {uses_limit} 次。</translation>
    </message>
    <message>
        <source>The log of task {task}, attempt {attempt}, cannot be read from here on.</source>
        <translation>任務 {task} 嘗試 {attempt} 的記錄從這裡開始無法讀取。</translation>
    </message>
    <message>
        <source>Task {task} has no log yet; it is {state}.</source>
        <translation>任務 {task} 還沒有記錄，目前狀態是 {state}。</translation>
    </message>
    <message>
        <source>The log is longer than the master takes.</source>
        <translation>記錄的長度超過主控節點可以接受的大小。</translation>
    </message>
    <message>
        <source>{address} is no HOST:PORT to listen on.</source>
        <translation>{address} 不是可以等候連線的 HOST:PORT。</translation>
    </message>
    <message>
        <source>The master&apos;s data in {path} is damaged ({error}); restore a backup, or move the folder away.</source>
        <translation>{path} 裡的主控節點資料已損壞（{error}）；請還原備份，或把資料夾移開。</translation>
    </message>
    <message>
        <source>The master failed at the call {call}; its own log says why.</source>
        <translation>主控節點處理 {call} 時出錯，原因在它自己的記錄裡。</translation>
    </message>
    <message>
        <source>The master at {address} failed at the call ({status}: {detail}); its own log says why.</source>
        <translation>{address} 的主控節點處理要求時出錯（{status}：{detail}），原因在它自己的記錄裡。</translation>
    </message>
    <message>
        <source>The master cannot listen on {address}: {error}</source>
        <translation>主控節點無法在 {address} 等候連線：{error}</translation>
    </message>
    <message>
        <source>Another master is already using {path}; end it first.</source>
        <translation>另一個主控節點正在使用 {path}，請先結束它。</translation>
    </message>
    <message>
        <source>The master&apos;s folder {path} cannot be written: {error}</source>
        <translation>主控節點的資料夾 {path} 無法寫入：{error}</translation>
    </message>
    <message>
        <source>The master&apos;s disk is full; its owner has to make room.</source>
        <translation>主控節點的磁碟已滿，需要由它的主人清出空間。</translation>
    </message>
    <message>
        <source>The folder {path} belongs to another user, who could read and change what the master keeps there; choose one of your own.</source>
        <translation>資料夾 {path} 屬於其他使用者，主控節點存放在那裡的內容可能被讀取和更改；請選擇您自己的資料夾。</translation>
    </message>
    <message>
        <source>{path} cannot be read ({error}); start the master again to write it anew.</source>
        <translation>無法讀取 {path}（{error}）；請重新啟動主控節點以重新寫入。</translation>
    </message>
    <message>
        <source>{address} is beyond this computer; until certificates are built a master is used on this computer only, for example 127.0.0.1:50051.</source>
        <translation>{address} 不在這台電腦上；憑證功能完成之前，主控節點只能在這台電腦上使用，例如 127.0.0.1:50051。</translation>
    </message>
    <message>
        <source>The master&apos;s data in {path} was written by a newer version ({found}, this one knows {known}); install the newest version.</source>
        <translation>{path} 裡的主控節點資料是較新的版本寫入的（{found}，這個版本只認得 {known}）；請安裝最新版本。</translation>
    </message>
    <message>
        <source>No master is known here: {path} is missing; start one with: hivemind-master serve</source>
        <translation>這裡沒有已知的主控節點：找不到 {path}；請執行 hivemind-master serve 啟動</translation>
    </message>
    <message>
        <source>What answers at {address} is not a HiveMind master; check host and port.</source>
        <translation>在 {address} 回應的不是 HiveMind 主控節點；請檢查主機和連接埠。</translation>
    </message>
    <message>
        <source>No master answers at {address}; start it with: hivemind-master serve</source>
        <translation>{address} 沒有主控節點回應；請執行 hivemind-master serve 啟動</translation>
    </message>
    <message>
        <source>{address} is taken by another program; choose another port with --listen.</source>
        <translation>{address} 已被其他程式使用；請用 --listen 選擇其他連接埠。</translation>
    </message>
    <message>
        <source>The master could not keep what it was told; its log says why.</source>
        <translation>主控節點無法保存收到的資料，原因在它的記錄裡。</translation>
    </message>
    <message>
        <source>The master at {address} does not accept this token; it may have been revoked.</source>
        <translation>{address} 的主控節點不接受這個權杖，它可能已被撤銷。</translation>
    </message>
    <message>
        <source>“{value}” is no name for a computer.</source>
        <translation>「{value}」不能當作電腦的名稱。</translation>
    </message>
    <message>
        <source>Another computer of the pool is called “{value}”.</source>
        <translation>資源池裡已經有電腦叫「{value}」。</translation>
    </message>
    <message>
        <source>The call speaks for the computer {node}, which is another one.</source>
        <translation>這個要求代表的是另一台電腦 {node}。</translation>
    </message>
    <message>
        <source>This computer&apos;s credential is used from another installation; join again there.</source>
        <translation>這台電腦的憑證正被另一個安裝使用；請在那裡重新加入。</translation>
    </message>
    <message>
        <source>A computer may hold at most {limit} attempts.</source>
        <translation>一台電腦最多持有 {limit} 個嘗試。</translation>
    </message>
    <message>
        <source>The pool has no computer {node}.</source>
        <translation>資源池裡沒有電腦 {node}。</translation>
    </message>
    <message>
        <source>A computer cannot be changed by “{change}”.</source>
        <translation>不能對電腦做「{change}」這種變更。</translation>
    </message>
    <message>
        <source>The offer is gone: somebody was faster, or it ran out.</source>
        <translation>提議已經失效：可能被別人先接下，或已經逾時。</translation>
    </message>
    <message>
        <source>The computer refused the task.</source>
        <translation>這台電腦拒絕了任務。</translation>
    </message>
    <message>
        <source>The result is damaged at the content {blob}; fetch it again.</source>
        <translation>結果的內容 {blob} 已損壞，請重新取得。</translation>
    </message>
    <message>
        <source>{path} is in the way; choose an empty folder with -o.</source>
        <translation>{path} 已經存在；請用 -o 選擇空的資料夾。</translation>
    </message>
    <message>
        <source>Task {task} has no result; it is {state}.</source>
        <translation>任務 {task} 沒有結果，目前狀態是 {state}。</translation>
    </message>
    <message>
        <source>“{reason}” is no reason of an end.</source>
        <translation>「{reason}」不是結束的原因。</translation>
    </message>
    <message>
        <source>{path} cannot be written: {error}</source>
        <translation>{path} 無法寫入：{error}</translation>
    </message>
    <message>
        <source>The package holds no file.</source>
        <translation>套件裡沒有任何檔案。</translation>
    </message>
    <message>
        <source>The file of variables {path} cannot be read: {error}</source>
        <translation>無法讀取變數檔 {path}：{error}</translation>
    </message>
    <message>
        <source>The package has a folder inputs/{task} of its own; rename it.</source>
        <translation>套件裡已有 inputs/{task} 資料夾，請重新命名。</translation>
    </message>
    <message>
        <source>The master keeps asking for files that it was sent; try again later.</source>
        <translation>主控節點一再要求已經送出的檔案，請稍後再試。</translation>
    </message>
    <message>
        <source>A task needs a key of its own, of at most {limit} characters.</source>
        <translation>任務需要自己的識別鍵，最多 {limit} 個字元。</translation>
    </message>
    <message>
        <source>At most {limit} tasks can wait; try again when some have ended.</source>
        <translation>最多 {limit} 個任務可以等候，請等一些任務結束後再試。</translation>
    </message>
    <message>
        <source>There is no task {task} to wait for.</source>
        <translation>沒有可以等候的任務 {task}。</translation>
    </message>
    <message>
        <source>This computer holds no attempt of task {task}.</source>
        <translation>這台電腦沒有持有任務 {task} 的嘗試。</translation>
    </message>
    <message>
        <source>Too many programs watch this; try again later.</source>
        <translation>有太多程式在查看，請稍後再試。</translation>
    </message>
    <message>
        <source>There is no task {task}, or it is not yours.</source>
        <translation>沒有任務 {task}，或它不是你的。</translation>
    </message>
    <message>
        <source>“{state}” is no state of a task.</source>
        <translation>「{state}」不是任務的狀態。</translation>
    </message>
    <message>
        <source>“{value}” is no name for a token.</source>
        <translation>「{value}」不能當作權杖的名稱。</translation>
    </message>
    <message>
        <source>There are {limit} tokens already; revoke one first.</source>
        <translation>已經有 {limit} 個權杖，請先撤銷一個。</translation>
    </message>
    <message>
        <source>There is no token {name}.</source>
        <translation>沒有權杖 {name}。</translation>
    </message>
    <message>
        <source>The master is ending; try again when it runs again.</source>
        <translation>主控節點正在結束，請等它重新執行後再試。</translation>
    </message>
    <message>
        <source>{path} is held by another program; end that one, or try again in a moment.</source>
        <translation>{path} 正由另一個程式使用；請結束該程式，或稍後再試。</translation>
    </message>
    <message>
        <source>{path} is damaged ({detail}); restore it from a copy, or move it away and start again.</source>
        <translation>{path} 已損壞（{detail}）；請從備份還原，或將它移走後再重新啟動。</translation>
    </message>
    <message>
        <source>{path} was written by a newer version of this program (schema {found}, this one knows {known}); install the newer version. The file was not touched.</source>
        <translation>{path} 由較新版本的程式寫入（結構 {found}，這個版本只認得 {known}）；請安裝較新的版本。檔案沒有被更動。</translation>
    </message>
    <message>
        <source>{path} cannot be read or written ({detail}); check who owns it and whether its disk is writable.</source>
        <translation>無法讀寫 {path}（{detail}）；請檢查它的擁有者，以及磁碟是否可以寫入。</translation>
    </message>
    <message>
        <source>{path} cannot be read ({detail}), so the worker stays stopped; press Start, or run hivemind-desktop start.</source>
        <translation>無法讀取 {path}（{detail}），所以工作節點保持停止；請按「啟動」，或執行 hivemind-desktop start。</translation>
    </message>
    <message>
        <source>{path} cannot be read ({detail}); mend or remove it, then join again with a new join link.</source>
        <translation>無法讀取 {path}（{detail}）；請修復或移除它，再用新的加入連結重新加入。</translation>
    </message>
    <message>
        <source>The master sent a task id that is no name for a folder: {task_id}. The task is not run here.</source>
        <translation>主控節點送來的任務編號不能當作資料夾名稱：{task_id}。這個任務不會在這裡執行。</translation>
    </message>
    <message>
        <source>Its finished result was lost on this computer&apos;s disk, so the task is given back to be run again.</source>
        <translation>已完成的結果在這台電腦的磁碟上遺失，因此任務已退回，將重新執行。</translation>
    </message>
    <message>
        <source>The finished result of task {task_id} is damaged ({detail}); it was moved to {moved_to} and the task is given back.</source>
        <translation>任務 {task_id} 的已完成結果已損壞（{detail}）；檔案已移到 {moved_to}，任務已退回。</translation>
    </message>
    <message>
        <source>The finished result of task {task_id} is not at {path} any more; the task is given back.</source>
        <translation>任務 {task_id} 的已完成結果已不在 {path}；任務已退回。</translation>
    </message>
    <message>
        <source>{path} does not belong in the outbox; it was moved to {moved_to}.</source>
        <translation>{path} 不屬於待送結果資料夾；已移到 {moved_to}。</translation>
    </message>
    <message>
        <source>The outbox&apos;s list was damaged and was made again from its folders; the old one lies at {moved_to}. No result is lost.</source>
        <translation>待送結果的清單已損壞，並已依資料夾重新建立；舊檔在 {moved_to}。沒有遺失任何結果。</translation>
    </message>
    <message>
        <source>{path} could not be put in order ({detail}); check the disk, then start the worker again.</source>
        <translation>無法整理 {path}（{detail}）；請檢查磁碟，再重新啟動工作節點。</translation>
    </message>
    <message>
        <source>The result of task {task_id} found no master for {days} days and was removed.</source>
        <translation>任務 {task_id} 的結果 {days} 天都無法送到主控節點，已被移除。</translation>
    </message>
    <message>
        <source>The history was damaged; a new one was begun, the old one lies at {moved_to}. Results and rewards with the master are not touched.</source>
        <translation>歷史記錄已損壞，已重新建立；舊檔在 {moved_to}。主控節點上的結果與獎勵不受影響。</translation>
    </message>
    <message>
        <source>The history cannot be sorted by {sort}; use claimed, ended, duration, name, sender or reward.</source>
        <translation>歷史記錄不能依 {sort} 排序；請使用 claimed、ended、duration、name、sender 或 reward。</translation>
    </message>
    <message>
        <source>This computer does not keep the log of task {task_id}, attempt {attempt}; the master does.</source>
        <translation>這台電腦沒有保留任務 {task_id} 第 {attempt} 次嘗試的記錄；主控節點上有。</translation>
    </message>
    <message>
        <source>This computer does not keep the file {path} of task {task_id}; the master does.</source>
        <translation>這台電腦沒有保留任務 {task_id} 的檔案 {path}；主控節點上有。</translation>
    </message>
    <message>
        <source>{path} is larger than the {limit:size} that can be shown here; fetch it from the master.</source>
        <translation>{path} 超過這裡可以顯示的 {limit:size}；請從主控節點取得。</translation>
    </message>
</context>
<context>
    <name>words</name>
    <message>
        <source>%n task(s)</source>
        <translation>%n 個任務</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>還有 {time}</translation>
    </message>
    <message>
        <source>{phase}, {more}</source>
        <translation>{phase}，{more}</translation>
    </message>
</context>
</TS>
